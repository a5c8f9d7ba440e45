"""Numbers and names that training and the exported programs share."""

SPLITS = ("train", "validation", "test")

#: One random generator for each, so that changing one (say, more epochs) leaves the others as they were.
PURPOSES = ("train", "validation", "test", "weights", "order", "masks")
LATER_PURPOSES = ("augmentation", "look")  # seeded far away, so that the purposes above keep their numbers

LAM_MAX_MORE = 1e-5  # λ_max is raised by this share, above what 32-bit numbers round
DIVERGED_AT = 1e4  # a training loss above this many times the initial one has diverged
MASK_LEVELS = 2**16  # a mask compares 16 random bits with p · 2¹⁶: p is met to 1/2¹⁷, nearer to 0 and to 1 than that to 1/2¹⁶

SIDES = {"fashion-mnist": 28, "mnist": 28, "digits": 8}  # of an image, in pixels
EXAMPLES = {"fashion-mnist": (60_000, 10_000), "mnist": (60_000, 10_000), "digits": (1437, 360)}  # to train and to test on
CLASSES = 10
MIRRORED = frozenset({"fashion-mnist"})  # a mirrored digit is another sign

EPOCHS_DRAWN = 36  # about so many of a sweep of linear models: they are what a page looks at
CURVE_MOST = 10_000  # points; the curve could have any number
CURVE_RECORDS = 400  # of a run on the curve, whose thousands of epochs are single steps
SLOPE, TRAIN_NOISE, TEST_NOISE = 1.5, 0.5, 0.3  # D4: y = 1.5x + N(0, 0.5²), tested with less noise
PIN_MARKS = "🟣🟢🟡🟤🔴"  # of pinned runs, in turn: in their table, and as a colour in the charts
