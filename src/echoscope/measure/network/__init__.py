"""What a trained network still answers when its state is rough, or its window long."""
