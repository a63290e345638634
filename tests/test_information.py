"""What is measured of a sequence without training, on sequences of which the truth is known."""

import json
import math
from collections import Counter, defaultdict
from collections.abc import Sequence
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from echoscope import UserData, read, recode
from echoscope.errors import IntegerError, SettingError
from echoscope.information.ceiling import fano
from echoscope.information.context_tree import fitted_tree
from echoscope.information.drift import drift
from echoscope.information.entropy import corrected, entropy, plug_in
from echoscope.information.inspection import inspect_symbols
from echoscope.information.lags import LEVEL, lag_information
from echoscope.information.mutual import count_weights, pair_information
from echoscope.information.ngram import NGram
from echoscope.information.period import period
from echoscope.information.scores import rule_scores, rules_of, targets
from echoscope.information.sequence import SymbolSequence
from echoscope.integers import Integers

ROW = [0.7, 0.2, 0.1]
CHAIN = np.array([ROW, ROW[1:] + ROW[:1], ROW[2:] + ROW[:2]])  # circulant: each state a third

SEVERAL = UserData.of_sequences([[0, 1, 2, 1, 0]] * 100)


def die(seed: int, count: int, faces: int = 6) -> Integers:
    return np.random.default_rng(seed).integers(0, faces, count)


def chain(seed: int, count: int, moves: np.ndarray = CHAIN) -> Integers:
    rng, bounds = np.random.default_rng(seed), moves.cumsum(axis=1)
    state, states = 0, np.empty(count, np.int64)
    for time, draw in enumerate(rng.random(count)):
        state = int((bounds[state] <= draw).sum())
        states[time] = state
    return states


def copied(seed: int, count: int, lag: int, share: float, kinds: int) -> Integers:
    """Each symbol is the one `lag` before with this share, else any."""
    rng = np.random.default_rng(seed)
    symbols, copies = rng.integers(0, kinds, count), rng.random(count) < share
    for time in range(lag, count):
        if copies[time]:
            symbols[time] = symbols[time - lag]
    return symbols


def shift_register(count: int, taps: tuple[int, int]) -> Integers:
    bits = [1] * max(taps)
    while len(bits) < count:
        bits.append(bits[-taps[0]] ^ bits[-taps[1]])
    return np.array(bits)


def bits_of(shares: Sequence[float]) -> float:
    return float(stats.entropy(shares, base=2))


def most(trials: int, level: float) -> float:
    """How many alarms so many trials at a level show at most, in 999 of 1,000 cases."""
    return float(stats.binom.ppf(0.999, trials, level))


@pytest.mark.parametrize(
    ("dice", "count", "faces", "lags", "shuffles"),
    [(1000, 40, 6, 4, 199), (200, 40, 30, 4, 199), (300, 400, 6, 64, 4), (150, 800, 30, 64, 4)],
    ids=["exact", "exact, sparse", "gamma", "gamma, sparse"],
)
def test_fair_dice_are_called_so(
    dice: int, count: int, faces: int, lags: int, shuffles: int
) -> None:
    every = []
    for seed in range(dice):
        sequence = SymbolSequence.of(die(seed, count, faces), faces)
        every.append(lag_information(sequence, lags, seed, shuffles))
    for level in (0.05, LEVEL):
        alarms = sum(min(lag.p for lag in lots) <= level for lots in every)
        assert alarms <= most(dice, level)
    single = np.mean([lag.single_p <= 0.05 for lots in every for lag in lots])
    assert abs(single - 0.05) < 0.01
    above = sum(any(lag.bits > lag.band for lag in lots) for lots in every)
    assert above <= most(dice, LEVEL)


def test_the_verdict_on_fair_dice_is_wrong_in_one_of_twenty_at_most() -> None:
    verdicts = [inspect_symbols(die(seed, 150), 6, lags=4).verdict for seed in range(100)]
    assert sum("tells anything" not in verdict for verdict in verdicts) <= most(100, 0.05)


def test_information_and_entropy_are_those_of_scipy() -> None:
    before, after = die(1, 500, 7), (die(1, 500, 7) + die(2, 500, 3)) % 7
    table = np.zeros((7, 7))
    np.add.at(table, (before, after), 1)
    likelihood = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")[0]
    by_entropies = sum(
        sign * bits_of(part.ravel())
        for sign, part in ((1, table.sum(0)), (1, table.sum(1)), (-1, table))
    )
    weight = count_weights(500)
    for kinds in (7, 100):  # by a table, and by sorting
        (bits,) = pair_information(before[None], after[None], kinds, weight)
        assert bits == pytest.approx(likelihood / 1000 / np.log(2), abs=1e-9)
        assert bits == pytest.approx(by_entropies, abs=1e-9)
    assert plug_in(table.ravel()) == pytest.approx(bits_of(table.ravel()), abs=1e-12)


def test_a_corrected_entropy_is_near_the_truth_where_most_kinds_are_unseen() -> None:
    counts = [np.bincount(die(seed, 1000, 10_000)) for seed in range(50)]
    values = np.array([corrected(count) for count in counts])
    assert abs(values.mean() - math.log2(10_000)) < 0.05
    assert max(plug_in(count) for count in counts) < 10
    covered = np.bincount(die(0, 100_000, 10))
    assert corrected(covered) - plug_in(covered) == pytest.approx(9 / 2e5 / np.log(2), rel=0.01)


def test_the_entropies_of_a_chain_are_known() -> None:
    rate, within, inside = bits_of(ROW), [], []
    for seed in range(60):
        sequence = SymbolSequence.of(chain(seed, 400), 3)
        every = [entropy(sequence, context) for context in range(3)]
        within.append([each.bits for each in every])
        inside.append(
            [
                each.low <= truth <= each.high
                for each, truth in zip(every, (np.log2(3), rate, rate), strict=True)
            ]
        )
    assert np.allclose(np.mean(within, axis=0), (np.log2(3), rate, rate), atol=0.02)
    assert (np.mean(inside, axis=0) > 0.85).all()


def test_a_chain_is_seen_for_what_it_is() -> None:
    inspection = inspect_symbols(chain(5, 8000), 3, lags=8)
    rate = inspection.entropy_rate
    assert rate.low - 0.01 <= bits_of(ROW) <= rate.high + 0.01
    joint = (CHAIN / 3).ravel()
    truth = 2 * np.log2(3) - bits_of(joint.tolist())
    assert inspection.lags[0].bits == pytest.approx(truth, abs=0.03)
    twice = (CHAIN @ CHAIN / 3).ravel()
    assert inspection.lags[1].bits == pytest.approx(2 * np.log2(3) - bits_of(twice), abs=0.03)
    rules = {rule.name: rule for rule in inspection.rules}
    for name in ("map-last", "n-gram", "context-tree"):
        assert rules[name].accuracy.low < 0.7 < rules[name].accuracy.high
        assert rules[name].bits == pytest.approx(bits_of(ROW), abs=0.04)
    assert inspection.ceiling.value == pytest.approx(fano(bits_of(ROW), 3), abs=0.02)
    assert "knowing the last value predicts 69%" in inspection.verdict


def test_the_rate_of_a_hidden_chain_lies_between_its_bounds() -> None:
    """Cover and Thomas: H(X8 | X1..X7, S1) <= rate <= H(X8 | X1..X7)."""
    moves, shows = np.array([[0.9, 0.1], [0.1, 0.9]]), np.array([[0.85, 0.15], [0.15, 0.85]])

    def joint(length: int, known: bool) -> float:
        shares = []
        for symbols in product(range(2), repeat=length):
            weight = np.diag([0.5, 0.5]) @ np.diag(shows[:, symbols[0]])
            for symbol in symbols[1:]:
                weight = weight @ moves @ np.diag(shows[:, symbol])
            shares += weight.sum(axis=1).tolist() if known else [float(weight.sum())]
        return bits_of(shares)

    low, high = (joint(8, known) - joint(7, known) for known in (True, False))
    states = chain(3, 10_000, moves)
    hidden = states ^ (np.random.default_rng(4).random(10_000) < 0.15)
    rate = inspect_symbols(hidden, 2, lags=4).entropy_rate
    assert low <= high
    assert rate.low <= high
    assert rate.high >= low
    assert rate.bits == pytest.approx((low + high) / 2, abs=0.02)


def test_a_copy_is_found_at_its_lag_and_its_ceiling_is_reached() -> None:
    inspection = inspect_symbols(copied(0, 6000, lag=3, share=0.8, kinds=10), 10, lags=16)
    rules = {rule.name: rule for rule in inspection.rules}
    assert rules["copy-lag"].detail == rules["map-lag"].detail == "lag 3"
    assert rules["copy-lag"].accuracy.low < 0.82 < rules["copy-lag"].accuracy.high
    carrying = [lag.lag for lag in inspection.lags if max(lag.p, lag.far_p) <= LEVEL]
    assert carrying == [3, 6, 9, 12, 15]
    assert "Lags 3, 6, 9, 12 and 15 carry information; " in inspection.verdict
    truth = bits_of([0.82, *[0.02] * 9])
    assert abs(inspection.entropy_rate.bits - truth) < 0.1
    assert inspection.ceiling.low - 0.02 < 0.82 < inspection.ceiling.high
    assert "repeating the value 3 back predicts 8" in inspection.verdict


@pytest.mark.parametrize("taps", [(3, 5), (5, 9)])
def test_a_shift_register_has_no_lag_but_a_context(taps: tuple[int, int]) -> None:
    inspection = inspect_symbols(shift_register(3000, taps), 2, lags=max(taps) + 3)
    assert min(lag.p for lag in inspection.lags) > LEVEL
    assert max(lag.bits for lag in inspection.lags) < 0.001
    rules = {rule.name: rule for rule in inspection.rules}
    for name in ("n-gram", "context-tree"):
        assert rules[name].accuracy.value == 1
    assert rules["n-gram"].detail == f"order {max(taps)}"
    assert inspection.ceiling.value == 1
    assert f"several together do; a context of {max(taps)} predicts 100%" in inspection.verdict


def test_the_windows_of_a_de_bruijn_sequence_are_uniform() -> None:
    known, bits = {(0,) * 10}, [0] * 10
    while True:  # the greedy sequence prefers ones
        last = tuple(bits[-9:])
        step = next((bit for bit in (1, 0) if (*last, bit) not in known), None)
        if step is None:
            break
        known.add((*last, step))
        bits.append(step)
    sequence = SymbolSequence.of(bits, 2)
    for length in range(1, 10):
        counts = np.bincount(sequence.windows(length).ids[length - 1 :])
        assert len(counts) == 2**length
        assert np.ptp(counts) <= 10  # of the ends, which lie within one window
    assert set(np.bincount(sequence.windows(10).ids[9:])) == {1}
    assert entropy(sequence, 3).bits == pytest.approx(1, abs=0.01)


def test_what_a_border_would_fake_is_not_seen() -> None:
    """Each group is two symbols that know nothing of each other; the first is the last of the group
    before.
    """
    draws = die(0, 1001)
    symbols = np.stack([draws[:-1], draws[1:]], axis=1).ravel()
    faked = inspect_symbols(symbols, 6, lags=4)
    assert faked.lags[0].p < 0.01
    assert max(rule.accuracy.low for rule in faked.rules) > 0.4
    honest = inspect_symbols(symbols, 6, np.repeat(np.arange(1000), 2), lags=4)
    assert [lag.lag for lag in honest.lags] == [1]
    assert honest.lags[0].p > LEVEL
    assert honest.lags[0].pairs == 1000
    assert min(rule.better_p for rule in honest.rules) > 0.05
    assert "tells anything" in honest.verdict
    gaps = np.insert(symbols, np.arange(2, 2000, 2), -1)
    with_gaps = SymbolSequence.of(gaps, 6)
    assert len(with_gaps.windows(3).last) == 0
    assert len(with_gaps.pairs(1)[0]) == 1000


@given(
    st.lists(st.integers(-1, 2), max_size=30),
    st.lists(st.booleans(), min_size=30, max_size=30),
    st.integers(1, 4),
)
def test_windows_and_pairs_are_those_within_borders_and_gaps(
    symbols: list[int], borders: list[bool], length: int
) -> None:
    group = np.cumsum(borders)[: len(symbols)]
    sequence = SymbolSequence.of(symbols, 3, group)
    whole = [
        tuple(symbols[end - length + 1 : end + 1])
        if end >= length - 1
        and group[end - length + 1] == group[end]
        and -1 not in symbols[end - length + 1 : end + 1]
        else None
        for end in range(len(symbols))
    ]
    ids = sequence.windows(length).ids.tolist()
    assert [window is None for window in whole] == [number < 0 for number in ids]
    assert len(set(zip(whole, ids, strict=True))) == len(set(whole)) == len(set(ids))
    pairs = [
        (symbols[end - length], symbols[end])
        for end in range(length, len(symbols))
        if group[end - length] == group[end] and -1 not in (symbols[end - length], symbols[end])
    ]
    if len(symbols) > length:
        before, after = (sequence.occurring[ranks].tolist() for ranks in sequence.pairs(length))
        assert list(zip(before, after, strict=True)) == pairs


def witten_bell(
    symbols: list[int], begin: int, order: int, context: tuple[int, ...], vocab_size: int
) -> list[float]:
    """By dictionaries."""
    counts: defaultdict[tuple[int, ...], Counter[int]] = defaultdict(Counter)
    for time in range(begin):
        for length in range(min(order, time) + 1):
            counts[tuple(symbols[time - length : time])][symbols[time]] += 1
    plain = counts[()]
    new = len(plain)
    row = [(plain[symbol] + new / vocab_size) / (begin + new) for symbol in range(vocab_size)]
    for length in range(1, order + 1):
        seen = counts[context[len(context) - length :]]
        if seen:
            total, kinds = sum(seen.values()), len(seen)
            row = [
                (seen[symbol] + kinds * share) / (total + kinds) for symbol, share in enumerate(row)
            ]
    return row


def test_an_n_gram_is_what_dictionaries_make_of_it() -> None:
    symbols = copied(1, 400, lag=2, share=0.7, kinds=4)
    fitted = NGram(most=3).fit(SymbolSequence.of(symbols, 5), 320)
    assert fitted.context in (2, 3)
    predicted, bits = fitted.held_out(np.arange(320, 400))
    for time in range(320, 400):
        context = tuple(symbols[:time].tolist())
        row = witten_bell(symbols.tolist(), 320, fitted.context, context, 5)
        assert np.allclose(fitted.predict(symbols[:time]), row, atol=1e-12)
        assert bits[time - 320] == pytest.approx(-math.log2(row[symbols[time]]), abs=1e-9)
        assert row[predicted[time - 320]] == pytest.approx(max(row), abs=1e-12)


def tree_weight(contexts: list[list[int]], symbols: list[int], depth: int, size: int) -> float:
    """The textbook's recursion, of symbols each of which has a context, newest symbol first."""
    estimate, counts = 1.0, Counter[int]()
    for total, symbol in enumerate(symbols):
        estimate *= (counts[symbol] + 1 / size) / (total + 1)
        counts[symbol] += 1
    if not depth:
        return estimate
    split, children = 1.0, defaultdict(list)
    for context, symbol in zip(contexts, symbols, strict=True):
        children[context[0] if context else None].append((context[1:], symbol))
    for newest, child in children.items():
        deeper = depth - 1 if newest is not None else 0
        split *= tree_weight(
            [context for context, _ in child], [symbol for _, symbol in child], deeper, size
        )
    return (estimate + split) / 2


def test_a_context_tree_weighs_as_the_textbook_does() -> None:
    """0110100 after 010, at depth 3: 95 / 32768 (Willems, Shtarkov and Tjalkens 1995)."""
    symbols = [0, 1, 0, 0, 1, 1, 0, 1, 0, 0]
    sequence = SymbolSequence.of(symbols, 2)
    tree = fitted_tree(sequence, np.arange(10) >= 3, depth=3)
    contexts = [symbols[time - 3 : time][::-1] for time in range(3, 10)]
    assert tree_weight(contexts, symbols[3:], 3, 2) == pytest.approx(95 / 2**15, abs=1e-12)
    assert math.exp(-tree.nats) == pytest.approx(95 / 2**15, abs=1e-12)


@pytest.mark.parametrize("size", [2, 3, 5])
def test_a_context_tree_is_its_recursion(size: int) -> None:
    symbols = copied(size, 60, lag=2, share=0.6, kinds=size)
    group = np.arange(60) // 13
    sequence = SymbolSequence.of(symbols, size, group)
    starts = np.searchsorted(group, group)

    def weight(count: int, symbol: int | None = None) -> float:
        """Of so many symbols, and one more."""
        contexts = [symbols[starts[time] : time][::-1].tolist() for time in range(count)]
        every = symbols[:count].tolist()
        if symbol is not None:
            contexts.append(symbols[starts[count] : count][::-1].tolist())
            every.append(symbol)
        return tree_weight(contexts, every, 4, size)

    for count in (50, 58):
        tree = fitted_tree(sequence, np.arange(60) < count, depth=4)
        assert tree.nats == pytest.approx(-math.log(weight(count)), abs=1e-9)
        context = symbols[starts[count] : count]
        lengths = [order.contexts[count] for order in tree.orders]
        if all(
            order.seen(np.array([known]))[0]
            for order, known in zip(tree.orders, lengths, strict=True)
        ):
            row = [weight(count, symbol) / weight(count) for symbol in range(size)]
            assert np.allclose(tree.predict(context), row, atol=1e-9)


@pytest.mark.parametrize("seed", range(3))
def test_each_rule_forecasts_what_it_is_scored_by(seed: int) -> None:
    symbols = copied(seed, 300, lag=2, share=0.6, kinds=5) * 2
    symbols[np.random.default_rng(seed).random(300) < 0.1] = -1
    group = np.arange(300) // 23
    sequence = SymbolSequence.of(symbols, 12, group)
    times = targets(sequence, 240)
    for rule in rules_of(lags=8):
        fitted = rule.fit(sequence, 240)
        held = fitted.held_out(times)
        for time, predicted, bits in zip(times.tolist(), *held, strict=True):
            row = fitted.predict(symbols[int(np.searchsorted(group, group[time])) : time])
            assert row.shape == (12,)
            assert row.sum() == pytest.approx(1, abs=1e-12)
            assert bits == pytest.approx(-math.log2(row[symbols[time]]), abs=1e-9)
            assert "copy" in rule.name or row[predicted] == pytest.approx(row.max(), abs=1e-12)
        nothing = fitted.predict(np.zeros(0, np.int64))
        assert np.argmax(nothing) == np.bincount(symbols[:240][symbols[:240] >= 0]).argmax()


def test_rules_choose_on_the_training_part_only() -> None:
    """What comes later changes none of their choices and none of their forecasts."""
    symbols = copied(0, 500, lag=4, share=0.6, kinds=4)
    other = np.append(symbols[:400], np.tile([0, 1], 50))
    for rule in rules_of(lags=8):
        fitted, again = (rule.fit(SymbolSequence.of(each, 4), 400) for each in (symbols, other))
        assert fitted.detail == again.detail
        assert np.allclose(fitted.predict(symbols[:400]), again.predict(symbols[:400]), atol=1e-12)


def test_ties_go_to_the_smaller_symbol() -> None:
    sequence = SymbolSequence.of([3, 1, 3, 1, 5, 3, 5, 1], 6)
    rules = {rule.name: rule.fit(sequence, 4) for rule in rules_of(lags=2)}
    assert rules["memoryless"].held_out(np.array([4])).predicted.tolist() == [1]
    assert rules["memoryless"].predict(np.array([0]))[1] == pytest.approx((2 + 2 / 6) / 6, abs=1e-9)


def test_intervals_hold_the_truth() -> None:
    """Of a fair die every rule has a sixth."""
    inside = []
    for seed in range(80):
        scores = rule_scores(SymbolSequence.of(die(seed, 250), 6), 150, lags=4)
        inside += [[score.accuracy.low <= 1 / 6 <= score.accuracy.high for score in scores]]
        assert all(score.accuracy.target_count == 100 for score in scores)
    assert (np.mean(inside, axis=0) > 0.88).all()


def test_a_large_vocabulary_of_few_symbols_costs_nothing() -> None:
    symbols = copied(0, 3000, lag=5, share=0.9, kinds=700) * 1000
    inspection = inspect_symbols(symbols, 1_000_000, lags=8)
    assert inspection.kinds <= 700
    by_lag = {lag.lag: lag for lag in inspection.lags}
    assert [number for number, lag in by_lag.items() if max(lag.p, lag.far_p) <= LEVEL] == [5]
    assert by_lag[5].bits > 0.6 * inspection.entropy[0]
    assert "repeating the value 5 back predicts 9" in inspection.verdict


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ([], "There are no values: there is nothing to tell."),
        ([-1, -1], "All 2 values are missing: there is nothing to tell."),
        ([3], "1 value, and every one is the same: there is nothing to predict, and no memory is"),
        ([0, 1], "2 values of 2 kinds are too few to tell: with about "),
        ([0, 1, 1, 0, 1], "5 values of 2 kinds are too few to tell: with about "),
        ([2] * 40, "40 values, and every one is the same: there is nothing to predict"),
        ([0, 1] * 50, "knowing the last value predicts 100% [84, 100] of held-out values, "),
        (list(range(200)), "200 different values among 200: almost none comes again, so nothing"),
    ],
)
def test_the_verdict_on_awkward_sequences(symbols: list[int], text: str) -> None:
    inspection = inspect_symbols(symbols, 300)
    assert text in inspection.verdict
    whole = inspection.to_dict()
    assert json.loads(json.dumps(whole, allow_nan=False)) == whole
    assert {"values", "vocab_size", "missing", "entropy", "lags", "rules", "ceiling"} <= set(whole)
    assert all(0 <= bits <= math.log2(max(inspection.kinds, 1)) for bits in inspection.entropy)


def test_what_keeps_no_two_symbols_together_tells_nothing() -> None:
    symbols = die(0, 300)
    verdict = inspect_symbols(symbols, 6, np.arange(300)).verdict
    assert verdict.startswith("None of 300 values has another before it without a border")


def test_information_that_changes_no_prediction_is_told_as_such() -> None:
    moves = np.array([[0.7, 0.3], [0.88, 0.12]])
    inspection = inspect_symbols(chain(2, 6000, moves), 2, lags=4)
    assert inspection.lags[0].p < 0.01
    assert "no rule is surely right more often than the commonest one, 7" in inspection.verdict


@pytest.mark.parametrize("share", [0.0, 0.8])
def test_drift_is_told_from_staying(share: float) -> None:
    steady = [copied(seed, 1200, 1, share, 4) for seed in range(120)]
    alarms = sum(drift(SymbolSequence.of(each, 4)).p <= 0.05 for each in steady)
    assert alarms <= most(120, 0.08)
    changed = [np.append(each[:600], each[600:] // 2) for each in steady]
    assert np.mean([drift(SymbolSequence.of(each, 4)).p <= 0.01 for each in changed]) > 0.7
    assert "changes over time" in inspect_symbols(changed[0], 4, lags=4).verdict


def test_a_ceiling_is_where_fano_is_exact() -> None:
    for kinds, share in ((2, 0.9), (6, 0.5), (100, 0.3)):
        rest = [(1 - share) / (kinds - 1)] * (kinds - 1)
        assert fano(bits_of([share, *rest]), kinds) == pytest.approx(share, abs=1e-9)
    assert fano(0.0, 5) == fano(3.0, 1) == 1
    assert fano(10.0, 4) == pytest.approx(0.25)


def test_equal_seeds_give_equal_inspections() -> None:
    symbols = die(0, 400)
    first, again = (inspect_symbols(symbols, 6, lags=8, seed=3) for _ in range(2))
    assert first == again


@pytest.mark.parametrize(
    ("settings", "kind", "text"),
    [
        ({"symbols": [0, 7]}, IntegerError, "integer 2 is 7, outside 0 to 5"),
        ({"symbols": [0, 1.5]}, IntegerError, "integer 2 is 1.5: it must be an integer"),
        ({"vocab_size": 0}, SettingError, "vocab_size must be an integer from 1 to 1000000, not"),
        ({"groups": [1]}, SettingError, "groups must have one value for each of the 2 symbols"),
        ({"lags": 0}, SettingError, "lags must be an integer from 1 to 1000, not 0."),
        ({"lags": True}, SettingError, "lags must be an integer from 1 to 1000, not True."),
        ({"begin": 3}, SettingError, "begin must be an integer from 0 to 2, not 3."),
        ({"seed": -1}, SettingError, "seed must be an integer from 0 to"),
        ({"symbols": None, "vocab_size": None}, IntegerError, "must be a list .* not None"),
        ({"vocab_size": None}, SettingError, "Symbols need to be told .* give vocab_size, or"),
        ({"symbols": SEVERAL}, SettingError, "leave vocab_size and groups out."),
        (
            {"symbols": UserData(np.zeros((4, 2), np.int64)), "vocab_size": None},
            IntegerError,
            "One column is inspected at a time, and these UserData have several",
        ),
    ],
)
def test_what_cannot_be_measured_is_refused(
    settings: dict[str, object], kind: type[Exception], text: str
) -> None:
    with pytest.raises(kind, match=text):
        inspect_symbols(**{"symbols": [0, 1], "vocab_size": 6} | settings)


def test_user_data_know_their_vocabulary_their_borders_and_their_values() -> None:
    known = inspect_symbols(SEVERAL, lags=4)
    assert known.sequences == 100
    assert (
        known.to_dict()
        == inspect_symbols(SEVERAL.integers, SEVERAL.vocab_size, SEVERAL.groups, lags=4).to_dict()
    )
    assert known.recoding is None
    data = recode(read([30, 10, 30, 20] * 30))
    named = inspect_symbols(data, lags=4)
    assert named.recoding == data.recoding
    assert "recoding" not in named.to_dict()
    assert named.window == 2  # 30 is followed by 10 and by 20 in turns
    assert inspect_symbols([0, 1, 0], 2, lags=1).window >= 2


def wave(length: float, noise: float, count: int = 2000) -> Integers:
    rng = np.random.default_rng(1)
    heights = np.sin(2 * np.pi * np.arange(count) / length) + noise * rng.normal(size=count)
    return np.digitize(heights, [-1, -0.5, 0, 0.5, 1])


def holed(symbols: Integers) -> Integers:
    return np.where(np.random.default_rng(2).random(len(symbols)) < 0.1, -1, symbols)


def week(days: int) -> Integers:
    rng = np.random.default_rng(3)
    return np.where(np.arange(days) % 7 < 5, 0, 1) + (rng.random(days) < 0.1)


@pytest.mark.parametrize(
    ("symbols", "length"),
    [
        (wave(12, 0.6), 12),
        (wave(11.1, 0.3), 11),
        (holed(wave(12, 0.6)), 12),
        (copied(0, 2000, lag=3, share=0.9, kinds=6), 3),
        (np.arange(2000) % 4, 4),
        (np.array([0, 0, 1, 0, 2] * 30), 5),
        (week(700), 7),
    ],
)
def test_a_period_is_the_one_that_is_known_and_is_said(symbols: Integers, length: int) -> None:
    kinds = int(symbols.max()) + 1
    assert period(SymbolSequence.of(symbols, kinds)) == length
    inspection = inspect_symbols(symbols, kinds, lags=10)
    assert inspection.to_dict()["period"] == length
    again = f"It has a period of {length}: values come again after {length}, {2 * length} and"
    assert again in inspection.verdict


def test_dice_and_chains_and_walks_have_no_period() -> None:
    sizes = [(60, 2), (60, 20), (300, 3), (2000, 2), (2000, 6)]
    dice = [die(seed, count, faces) for seed in range(60) for count, faces in sizes]
    rng = np.random.default_rng(4)
    walks = [np.cumsum(rng.integers(-1, 2, 2000)) % 40 for _ in range(20)]
    stays = [chain(seed, 2000) for seed in range(20)]
    for symbols in (*dice, *walks, *stays, np.zeros(100, int), np.array([0, 1]), np.array([], int)):
        assert period(SymbolSequence.of(symbols, 40)) is None, symbols
    assert inspect_symbols(die(0, 2000), 6).period is None


def test_of_a_perfect_cycle_every_lag_carries_information() -> None:
    for cycle in ([0, 1, 2, 3], [0, 1], [4, 0, 2]):
        inspection = inspect_symbols(cycle * 500, 5)
        assert inspection.verdict.startswith("Lags 1 to 64 carry information;"), cycle
