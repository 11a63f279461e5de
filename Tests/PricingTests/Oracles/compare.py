#!/usr/bin/env python3
"""Prices random usage with two calculators that others wrote, and imports their prices into our format.

`OracleTests.swift` compares our costs with theirs. Run by hand, once, and again only to take in newer versions:

    python3 -m venv /tmp/oracles && /tmp/oracles/bin/pip install genai-prices==0.2.3 litellm==1.106.2
    LITELLM_LOCAL_MODEL_COST_MAP=True /tmp/oracles/bin/python Tests/PricingTests/Oracles/compare.py

Writes beside itself, for each calculator NAME:
    NAME.yaml  their prices as a file of ours, models named provider/model
    NAME.csv   "# model", then lines of: epoch seconds, input, cache read, 5-minute write, 1-hour write, output, cost

The seed is fixed: the same versions give the same files. A model is left out where our format cannot say the same:
a rate of more than six places, other units than text tokens, tiers with different limits by class.
"""
import datetime
import pathlib
import random
from decimal import Decimal

FOLDER = pathlib.Path(__file__).parent
CLASSES = ["input", "cache_read", "cache_write_5m", "cache_write_1h", "output"]
MODELS = 80
VECTORS = 150
FIRST = datetime.datetime(2025, 1, 1, tzinfo=datetime.timezone.utc)
LAST = datetime.datetime(2026, 11, 20, tzinfo=datetime.timezone.utc)


def folded(name):
    """Our names: case does not matter, and a point equals a dash."""
    return name.lower().replace(".", "-")


def decimal(rate):
    """A rate as our format writes it; None where it cannot."""
    text = format(rate.normalize(), "f")
    return text if -rate.normalize().as_tuple().exponent <= 6 and 0 <= rate <= 1_000_000 else None


def usage(generator, limits, absent=()):
    """Tokens by class: small, large, and just at the limits of tiers."""
    sizes = [0, 1, 7, 52, 999, 8_655, 15_030, 60_000, 248_128, 1_000_000]
    counts = {
        name: generator.choice([generator.choice(sizes), generator.randrange(300_000), 0]) for name in CLASSES
    }
    for name in absent:
        counts[name] = 0
    if limits and generator.random() < 0.5:
        prompt = generator.choice(limits) + generator.choice([-1, 0, 1])
        for name in ["cache_write_1h", "cache_write_5m", "cache_read"]:
            counts[name] = 0 if name in absent else generator.randrange(prompt // 4 + 1)
        counts["input"] = prompt - counts["cache_read"] - counts["cache_write_5m"] - counts["cache_write_1h"]
    if sum(counts.values()) == 0:
        counts["output"] = 1
    return counts


def moment(generator, edges):
    """An instant, often just before or at one where a price changes."""
    if edges and generator.random() < 0.4:
        return generator.choice(edges) + datetime.timedelta(seconds=generator.choice([-1, 0, 1]))
    seconds = int((LAST - FIRST).total_seconds())
    return FIRST + datetime.timedelta(seconds=generator.randrange(seconds))


class Output:
    """A model list as YAML and its vectors as CSV."""

    def __init__(self, name):
        self.name, self.yaml, self.csv, self.seen, self.rows = name, [], [], set(), 0

    def add(self, model, entries, rows):
        self.seen.add(folded(model))
        self.yaml.append(f"  - model: \"{model}\"\n    prices:\n")
        for entry in entries:
            self.yaml.append(f"      - from: {entry['from']}\n{rates(entry['rates'], 8)}")
            for key, parts in [("tiers", entry["tiers"]), ("windows", entry["windows"])]:
                if parts:
                    self.yaml.append(f"        {key}:\n")
                for head, part in parts:
                    self.yaml.append(f"          - {head}\n{rates(part, 12)}")
        self.csv.append(f"# {model}\n")
        for when, counts, cost in rows:
            numbers = [str(int(when.timestamp()))] + [str(counts[name]) for name in CLASSES]
            self.csv.append(",".join(numbers) + f",{cost}\n")
            self.rows += 1

    def write(self):
        head = f"# Written by compare.py from the prices of {self.name}; test data only.\n"
        (FOLDER / f"{self.name}.yaml").write_text(f"{head}provider: {self.name}\nmodels:\n" + "".join(self.yaml))
        (FOLDER / f"{self.name}.csv").write_text("".join(self.csv))
        print(f"{self.name}: {len(self.seen)} models, {self.rows} vectors")


def rates(values, indent):
    return "".join(f"{' ' * indent}{name}: \"{values[name]}\"\n" for name in CLASSES if name in values)


# genai-prices

GENAI_KEYS = {
    "input_mtok": "input", "cache_read_mtok": "cache_read", "cache_write_mtok": "cache_write_5m",
    "cache_write_1h_mtok": "cache_write_1h", "output_mtok": "output",
}
GENAI_IGNORED = {"web_searches_kcount"}


def genai_entry(prices):
    """Rates and tiers of one of their prices; None where our format cannot say them."""
    from genai_prices.types import TieredPrices

    values = {k: v for k, v in prices.__dict__.items() if v is not None and k not in GENAI_IGNORED}
    if not set(values) <= set(GENAI_KEYS) or not {"input_mtok", "output_mtok"} <= set(values):
        return None
    starts = {tuple(t.start for t in v.tiers) for v in values.values() if isinstance(v, TieredPrices)}
    if len(starts) > 1:
        return None
    limits = next(iter(starts), ())

    def level(index):
        level = {}
        for key, value in values.items():
            tiered = isinstance(value, TieredPrices)
            rate = (value.base if index is None else value.tiers[index].price) if tiered else value
            level[GENAI_KEYS[key]] = decimal(Decimal(str(rate)))
        return level

    base = level(None)
    tiers = [(f"above_input_tokens: {limit}", level(index)) for index, limit in enumerate(limits)]
    if None in base.values() or any(None in tier.values() for _, tier in tiers):
        return None
    return {"rates": base, "tiers": tiers, "windows": []}, list(limits)


def genai_entries(model):
    """All prices of a model in our format, the limits of its tiers, and the instants at which it changes."""
    from genai_prices.types import ConditionalPrice, StartDateConstraint, TimeOfDateConstraint

    prices = model.prices if isinstance(model.prices, list) else [ConditionalPrice(prices=model.prices)]
    entries, windows, limits, edges = [], [], [], []
    for price in prices:
        read = genai_entry(price.prices)
        if read is None:
            return None
        entry, own = read
        limits += own
        if price.constraint is None and not entries:
            entries.append(entry | {"from": "2020-01-01"})
        elif isinstance(price.constraint, StartDateConstraint) and not windows:
            start = price.constraint.start_date
            entries.append(entry | {"from": str(start)})
            edges.append(datetime.datetime.combine(start, datetime.time(), datetime.timezone.utc))
        elif isinstance(price.constraint, TimeOfDateConstraint) and not entry["tiers"]:
            start, end = (t.strftime("%H:%M") for t in (price.constraint.start_time, price.constraint.end_time))
            windows.append((f"utc: \"{start}-{end}\"", entry["rates"]))
            for clock in (price.constraint.start_time, price.constraint.end_time):
                edges.append(datetime.datetime.combine(datetime.date(2026, 9, 17), clock))
        else:
            return None
    dates = [entry["from"] for entry in entries]
    if dates != sorted(set(dates)):
        return None
    for entry in entries:
        if windows and (entry["tiers"] or any(set(w) != set(entry["rates"]) for _, w in windows)):
            return None
        entry["windows"] = windows
    return entries, limits, edges


def genai():
    from genai_prices import Usage
    from genai_prices.data import providers

    generator, output = random.Random(20261123), Output("genai-prices")
    found = []
    for provider in providers:
        for model in provider.models:
            read = genai_entries(model)
            name = f"{provider.id}/{model.id}"
            if read and '"' not in name and "~" not in name:
                found.append((name, provider, model, read))
    # The models whose prices change, have tiers or hours, and those of Anthropic; the rest by chance.
    wanted = [f for f in found if len(f[3][0]) > 1 or f[3][1] or f[3][2]]
    generator.shuffle(wanted)
    own = [f for f in found if f[1].id == "anthropic"]
    hours = [f for f in found if any(entry["windows"] for entry in f[3][0])]
    others = [f for f in found if f not in wanted]
    generator.shuffle(others)
    for name, provider, model, (entries, limits, edges) in own + hours + wanted[:35] + others:
        if folded(name) in output.seen or len(output.seen) == MODELS:
            continue
        rows = []
        for _ in range(VECTORS):
            when, counts = moment(generator, edges), usage(generator, limits)
            writes = counts["cache_write_5m"] + counts["cache_write_1h"]
            price = model.calc_price(
                Usage(
                    input_tokens=counts["input"] + counts["cache_read"] + writes,
                    cache_read_tokens=counts["cache_read"], cache_write_tokens=writes,
                    cache_write_1h_tokens=counts["cache_write_1h"], output_tokens=counts["output"]),
                provider, genai_request_timestamp=when)
            rows.append((when, counts, format(price.total_price.normalize(), "f")))
        output.add(name, entries, rows)
    output.write()


# litellm

LITELLM_KEYS = {
    "input": "input_cost_per_token", "cache_read": "cache_read_input_token_cost",
    "cache_write_5m": "cache_creation_input_token_cost",
    "cache_write_1h": "cache_creation_input_token_cost_above_1hr", "output": "output_cost_per_token",
}


def litellm_entry(info):
    """Rates and the one tier of a model; None where our format cannot say them."""
    def level(suffix):
        level = {}
        for name, key in LITELLM_KEYS.items():
            value = info.get(key + suffix)
            if value is not None:
                level[name] = decimal(Decimal(repr(value)) * 1_000_000)
        return level

    base = level("")
    suffixes = {
        key.rsplit("_above_", 1)[1] for key in info
        if "_above_" in key and key.endswith("k_tokens") and info[key] is not None
    }
    if len(suffixes) > 1 or None in base.values() or not {"input", "output"} <= set(base):
        return None
    tiers, limits = [], []
    for suffix in suffixes:
        limits = [int(suffix.split("k_")[0]) * 1000]
        tiers = [(f"above_input_tokens: {limits[0]}", level(f"_above_{suffix}"))]
    if any(None in tier.values() or set(tier) != set(base) for _, tier in tiers):
        return None
    return {"from": "2020-01-01", "rates": base, "tiers": tiers, "windows": []}, limits


def lite():
    import litellm
    from litellm.litellm_core_utils.llm_cost_calc.utils import generic_cost_per_token
    from litellm.types.utils import CacheCreationTokenDetails, PromptTokensDetailsWrapper, Usage

    generator, output = random.Random(20261124), Output("litellm")
    found = []
    for name, info in litellm.model_cost.items():
        provider = info.get("litellm_provider", "")
        odd = ["tiered_pricing", "off_peak_pricing", "input_cost_per_audio_token", "output_cost_per_reasoning_token"]
        if info.get("mode") != "chat" or any(info.get(key) for key in odd) or provider in ("fireworks_ai",):
            continue
        read = litellm_entry(info)
        if read and info["input_cost_per_token"] > 0 and name.isascii() and '"' not in name:
            found.append((name, provider, read))
    generator.shuffle(found)
    found.sort(key=lambda f: (f[1] != "anthropic", not f[2][1]))
    for name, provider, (entry, limits) in found[:30] + found[-400:]:
        if folded(name) in output.seen or len(output.seen) == MODELS:
            continue
        absent = [c for c in CLASSES if c not in entry["rates"]]
        rows = []
        for _ in range(VECTORS):
            counts = usage(generator, limits, absent)
            writes = counts["cache_write_5m"] + counts["cache_write_1h"]
            prompt = counts["input"] + counts["cache_read"] + writes
            details = PromptTokensDetailsWrapper(
                cached_tokens=counts["cache_read"], cache_creation_tokens=writes, text_tokens=counts["input"],
                cache_creation_token_details=CacheCreationTokenDetails(
                    ephemeral_5m_input_tokens=counts["cache_write_5m"],
                    ephemeral_1h_input_tokens=counts["cache_write_1h"]))
            tokens = Usage(
                prompt_tokens=prompt, completion_tokens=counts["output"], total_tokens=prompt + counts["output"],
                prompt_tokens_details=details)
            try:
                costs = generic_cost_per_token(model=name, usage=tokens, custom_llm_provider=provider)
            except Exception:
                break
            rows.append((LAST, counts, repr(sum(costs))))
        if len(rows) == VECTORS:
            output.add(name, [entry], rows)
    output.write()


if __name__ == "__main__":
    genai()
    lite()
