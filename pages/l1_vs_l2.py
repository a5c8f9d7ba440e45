"""L1 versus L2: why L1 selects and L2 shrinks, and why a student's own L1 code gave no zeros."""

from regdemo.app.drawing import side_by_side
from regdemo.app.frame import page
from regdemo.app.opening import foot, open_link
from regdemo.app.questions import questions
from regdemo.app.sparsity import panels, sections
from regdemo.app.sparsity.controls import ALL, HAND, sidebar
from regdemo.app.sparsity.data import problem_of
from regdemo.app.sparsity.runs import trained

page("l1_vs_l2")
open_link(ALL, HAND)
chosen = sidebar()
sections.introduction()
runs = trained(chosen, problem_of(chosen))
sections.hand(runs)

shown = sections.looked_at(runs)
charts = side_by_side(shown, sections.l1_stems, sections.other_stems)
charts += side_by_side(shown, sections.plane, sections.path)
charts += side_by_side(shown, sections.loss, sections.histogram)
compared = sections.compared(shown)
panels.numbers(runs)
charts += panels.choosing(shown)
panels.zeros(runs)
panels.why(runs)
questions("l1_vs_l2", runs.l1, runs.share, runs.data)
sections.take(shown, charts, compared)
shown.pins.train()
foot(ALL)
