#!/usr/bin/env bash
# vl-convert-python 1.9.0 (Vega 6.2.0): a text mark whose field holds numbers and is nominal or ordinal is
# drawn, and ends in "TypeError: t.text.split is not a function" as soon as the specification's config
# says `lineBreak`, a setting of Vega-Lite for texts of several lines. The same field as quantitative is
# drawn either way, and so is a nominal one that holds the same numbers as texts.
#
# A good guess is that a number is written as it is without the setting, since there is nothing in it to
# break. Labels that are to be drawn under any config are made texts before they are given.
#
# Makes an environment of its own in a temporary folder and removes it. Ends with status 0 while the
# behaviour is as described, and with 1 when it has changed.
set -euo pipefail

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install -q --disable-pip-version-check vl-convert-python==1.9.0.post1

cat > "$folder/texts.py" <<'PYTHON'
"""What becomes of a text mark, by its value, the type of its field, and the config."""
import vl_convert

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
for value in (2, "2"):
    for kind in ("nominal", "ordinal", "quantitative"):
        for config in ({}, {"lineBreak": "\n"}):
            text = {"field": "label", "type": kind}
            values = [{"place": 1, "label": value}]
            x = {"field": "place", "type": "ordinal"}
            chart = {"$schema": SCHEMA, "data": {"values": values}, "mark": "text"}
            chart |= {"encoding": {"x": x, "text": text}, "config": config}
            try:
                drawn = ">2<" in vl_convert.vegalite_to_svg(chart)
                said = "drawn" if drawn else "left out"
            except ValueError as error:
                said = str(error).partition("TypeError: ")[2].split("\n")[0]
            print(f"{value!r} {kind} {'with' if config else 'without'} lineBreak: {said}")
PYTHON

seen=$("$folder/venv/bin/python" "$folder/texts.py" 2>/dev/null)
echo "$seen"
expected="2 nominal without lineBreak: drawn
2 nominal with lineBreak: t.text.split is not a function
2 ordinal without lineBreak: drawn
2 ordinal with lineBreak: t.text.split is not a function
2 quantitative without lineBreak: drawn
2 quantitative with lineBreak: drawn
'2' nominal without lineBreak: drawn
'2' nominal with lineBreak: drawn
'2' ordinal without lineBreak: drawn
'2' ordinal with lineBreak: drawn
'2' quantitative without lineBreak: drawn
'2' quantitative with lineBreak: drawn"
if [ "$seen" != "$expected" ]; then
    echo "changed: expected"
    echo "$expected"
    exit 1
fi
echo "as described"
