"""What a layer remembers: any layer comes in by a door, is looked at, trained and reported on."""
