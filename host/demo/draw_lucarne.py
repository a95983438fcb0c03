#!/usr/bin/env python3
"""Draws lucarne.png: a dormer window in a slate roof, on nothing.

Needs Pillow. Everything around the roof is transparent, and the panes are half transparent, so that whatever lies
behind the picture shows. Drawn at three times its size and scaled down, for smooth edges.

    python3 host/demo/draw_lucarne.py host/demo/lucarne.png
"""

import random
import sys

from PIL import Image, ImageDraw

WIDTH, HEIGHT, SCALE = 1200, 900, 3

SLATES = [(66, 82, 102), (73, 90, 111), (60, 75, 94), (80, 98, 119), (69, 86, 106)]
SLATE_EDGE = (46, 58, 74)
RIDGE = (52, 65, 83)
PLASTER, PLASTER_SHADE = (240, 230, 212), (219, 205, 182)
WOOD, WOOD_SHADE = (250, 246, 238), (205, 193, 172)
GLASS = (255, 190, 92, 150)
BRICKS = [(176, 96, 74), (165, 87, 67), (186, 106, 82)]
MORTAR = (136, 71, 56)


def scaled(points):
    return [(round(x * SCALE), round(y * SCALE)) for x, y in points]


def box(left, top, right, bottom):
    return [round(side * SCALE) for side in (left, top, right - 1 / SCALE, bottom - 1 / SCALE)]


class Layer:
    """A transparent sheet the size of the picture."""

    def __init__(self):
        self.image = Image.new("RGBA", (WIDTH * SCALE, HEIGHT * SCALE), (0, 0, 0, 0))
        self.draw = ImageDraw.Draw(self.image)

    def polygon(self, points, fill):
        self.draw.polygon(scaled(points), fill=fill)

    def rectangle(self, left, top, right, bottom, fill, radius=0):
        self.draw.rounded_rectangle(box(left, top, right, bottom), radius * SCALE, fill=fill)

    def slates(self, left, top, right, bottom, step, seed):
        """Rows of slates with round ends, from the eaves up, each row over the one below it."""
        dice = random.Random(seed)
        rows = range(int((bottom - top) // step) + 1, -1, -1)
        for row in rows:
            y = top + row * step
            x = left - step * (1.5 if row % 2 else 0.75)
            while x < right + step:
                colour = dice.choice(SLATES)
                for inset, fill in ((0, SLATE_EDGE), (2.5, colour)):
                    self.rectangle(x + inset, y - step, x + step * 1.5 - inset, y + step * 1.25 - inset, fill, step * 0.6)
                x += step * 1.5

    def within(self, shape):
        """Cuts away all outside of the shape."""
        mask = Image.new("L", self.image.size, 0)
        ImageDraw.Draw(mask).polygon(scaled(shape), fill=255)
        empty = Image.new("RGBA", self.image.size, (0, 0, 0, 0))
        self.image = Image.composite(self.image, empty, mask)
        self.draw = ImageDraw.Draw(self.image)


def chimney():
    layer = Layer()
    left, right, top, bottom = 824, 936, 84, 330
    layer.rectangle(left, top, right, bottom, MORTAR)
    dice = random.Random(4)
    for row in range(10):
        y = top + 4 + row * 24
        x = left + 4 - (22 if row % 2 else 0)
        while x < right - 4:
            start, end = max(x, left + 4), min(x + 40, right - 4)
            if end - start > 4:
                layer.rectangle(start, y, end, y + 20, dice.choice(BRICKS), 2)
            x += 44
    layer.rectangle(left - 14, top - 18, right + 14, top + 10, PLASTER_SHADE, 4)
    for x in (left + 18, left + 66):
        layer.polygon([(x, top - 18), (x + 4, top - 62), (x + 26, top - 62), (x + 30, top - 18)], (190, 112, 82))
        layer.rectangle(x + 1, top - 68, x + 29, top - 58, (168, 92, 68), 3)
    return layer


def roof():
    layer = Layer()
    layer.slates(40, 220, 1160, 850, 44, seed=7)
    layer.within([(232, 214), (968, 214), (1150, 836), (50, 836)])
    layer.rectangle(214, 198, 986, 226, RIDGE, 12)
    layer.rectangle(36, 826, 1164, 856, PLASTER, 6)
    layer.rectangle(52, 856, 1148, 872, PLASTER_SHADE, 4)
    return layer


def shadow():
    """What the dormer throws on the roof."""
    layer = Layer()
    layer.polygon([(780, 400), (846, 434), (878, 782), (780, 782)], (24, 32, 44, 110))
    return layer


def dormer():
    layer = Layer()
    # Front wall, and the sill's moulding.
    layer.rectangle(402, 400, 798, 764, PLASTER)
    layer.rectangle(402, 400, 428, 764, PLASTER_SHADE)
    layer.rectangle(772, 400, 798, 764, PLASTER_SHADE)
    layer.polygon([(402, 408), (798, 408), (600, 262)], PLASTER)
    layer.rectangle(402, 400, 798, 420, PLASTER_SHADE)
    # The round eye in the gable.
    layer.draw.ellipse(box(566, 318, 634, 386), fill=WOOD_SHADE)
    layer.draw.ellipse(box(574, 326, 626, 378), fill=(255, 190, 92, 170))
    layer.rectangle(597, 326, 603, 378, WOOD)
    layer.rectangle(574, 349, 626, 355, WOOD)
    # The gable's two slopes, slated like the roof, with a light edge below.
    for flip in (1, -1):
        def side(points):
            return [(600 + flip * (x - 600), y) for x, y in points]
        layer.polygon(side([(600, 254), (838, 430), (838, 446), (600, 272)]), WOOD_SHADE)
        layer.polygon(side([(600, 206), (852, 394), (846, 436), (600, 254)]), SLATE_EDGE)
        layer.polygon(side([(600, 212), (846, 396), (842, 424), (600, 246)]), SLATES[1 if flip == 1 else 3])
    layer.draw.ellipse(box(586, 196, 614, 224), fill=RIDGE)
    layer.rectangle(596, 168, 604, 206, RIDGE, 3)
    layer.draw.ellipse(box(592, 158, 608, 174), fill=(226, 170, 84))
    # The window: an arch of glass, a frame, bars.
    left, right, spring, bottom, radius = 478, 722, 560, 736, 122
    layer.rectangle(left - 16, spring, right + 16, bottom + 8, WOOD_SHADE)
    layer.draw.pieslice(box(left - 16, spring - radius - 16, right + 16, spring + radius + 16), 180, 360, fill=WOOD_SHADE)
    layer.rectangle(left - 10, spring - 1, right + 10, bottom, WOOD)
    layer.draw.pieslice(box(left - 10, spring - radius - 10, right + 10, spring + radius + 10), 180, 360, fill=WOOD)
    layer.rectangle(left + 4, spring - 1, right - 4, bottom - 10, GLASS)
    layer.draw.pieslice(box(left + 4, spring - radius + 4, right - 4, spring + radius - 4), 180, 360, fill=GLASS)
    layer.rectangle(left, spring - 6, right, spring + 6, WOOD)
    layer.rectangle(left, 645, right, 653, WOOD)
    layer.rectangle(593, spring - radius, 607, bottom, WOOD)
    # The sill.
    layer.rectangle(440, 736, 760, 756, WOOD, 4)
    layer.rectangle(452, 756, 748, 766, WOOD_SHADE, 3)
    layer.rectangle(384, 764, 816, 782, SLATE_EDGE, 6)
    return layer


def hollow(picture):
    """Takes the roof away behind the window, so that the glass has nothing but the page behind it."""
    mask = Image.new("L", picture.size, 255)
    draw = ImageDraw.Draw(mask)
    draw.rectangle(box(410, 420, 790, 756), fill=0)
    draw.polygon(scaled([(420, 420), (780, 420), (600, 272)]), fill=0)
    picture.putalpha(Image.composite(picture.getchannel("A"), Image.new("L", picture.size, 0), mask))


def main(path):
    picture = Layer().image
    for layer in (chimney(), roof(), shadow()):
        picture.alpha_composite(layer.image)
    hollow(picture)
    picture.alpha_composite(dormer().image)
    picture.resize((WIDTH, HEIGHT), Image.Resampling.LANCZOS).save(path, optimize=True)


if __name__ == "__main__":
    main(sys.argv[1])
