#!/usr/bin/env python3
"""Renews the imported entries of pricing/*.yaml from price lists that others publish as packages.

What people keep by hand stays as it is, byte for byte: everything outside `models:`, and every model of which no entry
says `imported` or that has a comment `# By hand`. A model that was imported before keeps its entries; where a list says something else today, an entry is
added that starts on the list's own day, or today. A price that changes is a new entry, never a changed one.

usage: catalogue.py PRICING_FOLDER --litellm FILE VERSION --genai-prices FOLDER VERSION [--rates FILE VERSION]
                    [--model-prices FILE VERSION] [--older FILE NAME VERSION] [--models-dev REPOSITORY] [--dated CSV] [--on YYYY-MM-DD] [--only SELLER…]
"""

import argparse
import datetime
import gzip
import json
import pathlib
import re
import subprocess
import sys
import types
from decimal import Decimal

# Where a list names no first day and the model's name holds none, entries start here.
FIRST_DAY = "2025-01-01"
CLASSES = ["input", "output", "cache_read", "cache_write_5m", "cache_write_1h"]

# A seller's file: its ids in the lists, its page of prices, other names that routers give it, its endpoints.
SELLERS = {
    "anthropic": dict(dev=["anthropic"], genai=["anthropic"], litellm=["anthropic"], page="https://platform.claude.com/docs/en/about-claude/pricing"),
    "openai": dict(dev=["openai"], genai=["openai"], litellm=["openai"], page="https://platform.openai.com/docs/pricing"),
    "gemini": dict(dev=["google"], genai=["google"], litellm=["gemini"], page="https://ai.google.dev/gemini-api/docs/pricing"),
    "vertex": dict(dev=["google-vertex-anthropic", "google-vertex"], litellm=["vertex_ai", "vertex_ai-language-models", "vertex_ai-anthropic_models", "vertex_ai-mistral_models",
        "vertex_ai-llama_models", "vertex_ai-deepseek_models", "vertex_ai-qwen_models", "vertex_ai-zai_models",
        "vertex_ai-openai_models", "vertex_ai-moonshot_models", "vertex_ai-minimax_models"],
        page="https://cloud.google.com/vertex-ai/generative-ai/pricing"),
    "bedrock": dict(dev=["amazon-bedrock"], litellm=["bedrock_converse", "bedrock"], page="https://aws.amazon.com/bedrock/pricing/"),
    "azure": dict(dev=["azure"], genai=["azure"], litellm=["azure", "azure_ai"], page="https://azure.microsoft.com/pricing/details/cognitive-services/openai-service/"),
    "deepseek": dict(dev=["deepseek"], genai=["deepseek"], litellm=["deepseek"], page="https://api-docs.deepseek.com/quick_start/pricing"),
    "moonshot": dict(dev=["moonshotai"], genai=["moonshotai"], litellm=["moonshot"], page="https://platform.kimi.ai/docs/pricing/chat.md"),
    "zai": dict(dev=["zai"], genai=["zai"], litellm=["zai"], page="https://docs.z.ai/guides/overview/pricing"),
    "zhipu": dict(genai=["zhipuai"], litellm=["bigmodel"], page="https://open.bigmodel.cn/pricing"),
    "minimax": dict(dev=["minimax"], genai=["minimax"], litellm=["minimax"], page="https://platform.minimax.io/docs/guides/pricing-paygo"),
    # The endpoint in China has models that the international one has not.
    "dashscope": dict(dev=["alibaba", "alibaba-cn"], litellm=["dashscope", "qwen_ai_platform", "qwencloud"], page="https://www.alibabacloud.com/help/en/model-studio/model-pricing"),
    "xai": dict(dev=["xai"], genai=["x-ai"], litellm=["xai"], page="https://docs.x.ai/docs/models"),
    "mistral": dict(dev=["mistral"], genai=["mistral"], litellm=["mistral", "codestral"], page="https://mistral.ai/pricing"),
    "groq": dict(dev=["groq"], genai=["groq"], litellm=["groq"], page="https://groq.com/pricing"),
    "cerebras": dict(dev=["cerebras"], genai=["cerebras"], litellm=["cerebras"], page="https://www.cerebras.ai/pricing"),
    "xiaomi": dict(dev=["xiaomi"], litellm=["xiaomi_mimo"], page="https://platform.xiaomimimo.com"),
    "volcengine": dict(litellm=["volcengine"], page="https://www.volcengine.com/docs/82379/1544106"),
    "aihubmix": dict(dev=["aihubmix"], litellm=["aihubmix"], page="https://aihubmix.com/models"),
    "openrouter": dict(dev=["openrouter"], genai=["openrouter"], litellm=["openrouter"], page="https://openrouter.ai/models"),
    "fireworks": dict(dev=["fireworks-ai"], genai=["fireworks"], litellm=["fireworks_ai"], page="https://fireworks.ai/pricing"),
    "together": dict(dev=["togetherai"], genai=["together"], litellm=["together_ai"], page="https://www.together.ai/pricing"),
    "deepinfra": dict(dev=["deepinfra"], litellm=["deepinfra"], page="https://deepinfra.com/pricing"),
    "novita": dict(dev=["novita-ai"], genai=["novita"], litellm=["novita"], page="https://novita.ai/pricing"),
    "nebius": dict(dev=["nebius"], litellm=["nebius"], page="https://nebius.com/token-factory/prices"),
    "sambanova": dict(litellm=["sambanova"], page="https://cloud.sambanova.ai/plans/pricing"),
    "hyperbolic": dict(litellm=["hyperbolic"], page="https://www.hyperbolic.ai"),
    "baseten": dict(dev=["baseten"], genai=["baseten"], litellm=["baseten"], page="https://www.baseten.co/pricing"),
    "perplexity": dict(dev=["perplexity"], genai=["perplexity"], litellm=["perplexity"], page="https://docs.perplexity.ai/getting-started/pricing"),
    "cohere": dict(dev=["cohere"], genai=["cohere"], litellm=["cohere_chat", "cohere"], page="https://cohere.com/pricing"),
    "opencode": dict(dev=["opencode"], litellm=["opencode_go"], page="https://opencode.ai/docs/zen"),
    "tencent": dict(litellm=["tencent"], page="https://cloud.tencent.com/document/product/1729/97731"),
    "streamlake": dict(litellm=["streamlake"], page="https://www.streamlake.com"),
    "vercel": dict(dev=["vercel"], litellm=["vercel_ai_gateway"], page="https://vercel.com/ai-gateway/models"),
    "cloudflare": dict(dev=["cloudflare-workers-ai"], genai=["cloudflare"], litellm=["cloudflare"], page="https://developers.cloudflare.com/workers-ai/platform/pricing/"),
    "meta": dict(genai=["meta"], litellm=["meta", "meta_llama"], page="https://llama.developer.meta.com"),
}
# Of sellers whose prices are in EUR, lists give the figures as if they were USD: they are left out.
SELLERS |= {
    "siliconflow": dict(dev=["siliconflow"], page="https://siliconflow.com/pricing"),
    "siliconflow-cn": dict(dev=["siliconflow-cn"], page="https://siliconflow.cn/pricing"),
    "nvidia": dict(dev=["nvidia"], page="https://build.nvidia.com"),
    "modelscope": dict(dev=["modelscope"], page="https://modelscope.cn/docs/model-service/API-Inference/limits"),
    "chutes": dict(dev=["chutes"], page="https://chutes.ai/pricing"),
    "huggingface": dict(dev=["huggingface"], page="https://huggingface.co/docs/inference-providers"),
    "kilo": dict(dev=["kilo"], page="https://kilo.ai/docs"),
    "stepfun": dict(dev=["stepfun", "stepfun-ai"], page="https://platform.stepfun.com/docs/pricing/details"),
    "302ai": dict(dev=["302ai"], page="https://302.ai/pricing"),
    "iflow": dict(dev=["iflowcn"], page="https://platform.iflow.cn"),
    "venice": dict(dev=["venice"], page="https://docs.venice.ai"),
    "zenmux": dict(dev=["zenmux"], page="https://zenmux.ai/models"),
    "qiniu": dict(dev=["qiniu-ai"], page="https://www.qiniu.com"),
    "requesty": dict(dev=["requesty"], page="https://www.requesty.ai/models"),
    "poe": dict(dev=["poe"], page="https://creator.poe.com/docs/external-applications/openai-compatible-api"),
    "nano-gpt": dict(dev=["nano-gpt"], page="https://nano-gpt.com/pricing"),
    "synthetic": dict(dev=["synthetic"], page="https://synthetic.new/pricing"),
    "jiekou": dict(dev=["jiekou"], page="https://jiekou.ai/models"),
    "github-models": dict(dev=["github-models"], page="https://docs.github.com/en/github-models/use-github-models/prototyping-with-ai-models"),
    "wandb": dict(dev=["wandb"], litellm=["wandb"], page="https://wandb.ai/site/pricing/inference"),
    "gmicloud": dict(dev=["gmicloud"], litellm=["gmi"], page="https://www.gmicloud.ai/pricing"),
    "friendli": dict(dev=["friendli"], litellm=["friendliai"], page="https://friendli.ai/pricing"),
    "lambda": dict(litellm=["lambda_ai"], page="https://lambda.ai/inference"),
    "inference": dict(dev=["inference"], page="https://inference.net/pricing"),
    "inception": dict(dev=["inception"], litellm=["inception"], page="https://docs.inceptionlabs.ai"),
    "morph": dict(dev=["morph"], litellm=["morph"], page="https://morphllm.com/pricing"),
    "upstage": dict(dev=["upstage"], page="https://www.upstage.ai/pricing"),
    "submodel": dict(dev=["submodel"], page="https://submodel.ai"),
    "io-net": dict(dev=["io-net"], page="https://io.net/docs/guides/intelligence/io-intelligence"),
    "digitalocean": dict(dev=["digitalocean"], litellm=["gradient_ai"], page="https://docs.digitalocean.com/products/gradient-ai-platform/details/pricing/"),
    "vultr": dict(dev=["vultr"], page="https://www.vultr.com/products/cloud-inference/"),
    "helicone": dict(dev=["helicone"], page="https://www.helicone.ai/models"),
    "fastrouter": dict(dev=["fastrouter"], page="https://fastrouter.ai/models"),
    "bailing": dict(dev=["bailing"], page="https://ling.tbox.cn/open"),
    "ai21": dict(litellm=["ai21"], page="https://www.ai21.com/pricing"),
    "crusoe": dict(litellm=["crusoe"], page="https://www.crusoe.ai/cloud/pricing"),
    "nscale": dict(litellm=["nscale"], page="https://www.nscale.com/pricing"),
}
# Sellers whose whole list is free of charge.
FREE_SELLERS = {"nvidia", "modelscope", "iflow", "github-models"}
# Lists write 0 for what they do not know; a model is free only where its seller says so.
FREE = {("zai", "glm-4.5-flash"), ("zai", "glm-4.7-flash"), ("zai", "glm-4.6v-flash"), ("zhipu", "glm-4.5-flash"), ("zhipu", "glm-4.7-flash")}
TEXT_MODES = {None, "chat", "completion", "responses"}


def rate(value):
    """USD a million tokens, exact to six places; None for what is no price of its own."""
    if value is None:
        return None
    value = Decimal(str(value)).quantize(Decimal("0.000001"))
    return value if value > 0 else None


def text(value):
    plain = format(value.normalize(), "f")
    return plain


class Price:
    def __init__(self, rates, tiers=(), windows=(), start=None):
        self.rates, self.tiers, self.windows, self.start = rates, list(tiers), list(windows), start
        # The list, where it is another than the model's.
        self.source = None


def asked(rates):
    return rates.get("input"), rates.get("output")


def is_same(price, other):
    """Whether two prices ask the same for input and output, in every step that both have."""
    mine, theirs = ({limit: asked(rates) for limit, rates in p.tiers if asked(rates) != asked(p.rates)}
                    for p in (price, other))
    return asked(price.rates) == asked(other.rates) and bool(mine) == bool(theirs) \
        and all(mine[limit] == theirs[limit] for limit in mine.keys() & theirs.keys())


class Listed:
    """A model in a list: its names, its dated prices, oldest first, and what multiplies them."""

    def __init__(self, name, aliases, prices, source, modifiers=None, fee=None):
        self.name, self.aliases, self.prices, self.source = name, aliases, prices, source
        self.modifiers, self.fee = modifiers or {}, fee


# ---------------------------------------------------------------- genai-prices

def genai_models(folder):
    sys.path.insert(0, str(folder))
    # Its client of its own updates is of no use here.
    sys.modules.setdefault("httpx2", types.ModuleType("httpx2"))
    from genai_prices.data import providers
    return {p.id: p.models for p in providers}


GENAI_KEYS = dict(input="input_mtok", output="output_mtok", cache_read="cache_read_mtok",
                  cache_write_5m="cache_write_mtok", cache_write_1h="cache_write_1h_mtok")


def genai_rates(price, above=None):
    rates = {}
    for name, key in GENAI_KEYS.items():
        value = getattr(price, key, None)
        if hasattr(value, "base"):
            chosen = value.base
            if above is not None:
                for tier in value.tiers:
                    if tier.start <= above:
                        chosen = tier.price
            value = chosen
        value = rate(value)
        if value is not None:
            rates[name] = value
    return rates


def genai_price(price):
    starts = {t.start for key in GENAI_KEYS.values() for t in getattr(getattr(price, key, None), "tiers", [])}
    rates = genai_rates(price)
    return Price(rates, [(start, genai_rates(price, start)) for start in sorted(starts)])


def genai_prices(model):
    """Its dated prices; hours come last in its list and belong to the newest."""
    prices = model.prices if isinstance(model.prices, list) else [model.prices]
    dated, hours = [], []
    for entry in prices:
        constraint = getattr(entry, "constraint", None)
        price = genai_price(getattr(entry, "prices", entry))
        if constraint is None:
            dated.append(price)
        elif hasattr(constraint, "start_date"):
            price.start = constraint.start_date.isoformat()
            dated.append(price)
        else:
            hours.append((f"{constraint.start_time:%H:%M}-{constraint.end_time:%H:%M}", None, price.rates))
    if dated:
        dated[-1].windows = hours
    return [p for p in dated if "input" in p.rates and "output" in p.rates]


def clauses(match):
    for name in ("or_", "and_"):
        for clause in getattr(match, name, None) or []:
            yield from clauses(clause)
    for name in ("equals", "starts_with"):
        if hasattr(match, name):
            yield getattr(match, name)


def genai_listed(models, seller):
    for identity in SELLERS[seller].get("genai", []):
        for model in models.get(identity, []):
            name = model.id
            if seller == "openrouter" and ("/" not in name or name.endswith((":free", ":batch"))):
                continue
            prices = genai_prices(model)
            if not prices:
                continue
            names = [n for n in clauses(model.match) if re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9._/@:-]*[A-Za-z0-9]", n)]
            modifiers, fee = {}, None
            current = prices[-1].rates
            for variant in getattr(model, "price_variants", None) or []:
                word = "_".join(variant.when.values())
                factor = ratio(genai_rates(variant.prices), current)
                if factor and word in ("fast", "batch"):
                    modifiers[word] = factor
            web = getattr(model.prices[-1].prices if isinstance(model.prices, list) else model.prices,
                          "web_searches_kcount", None)
            if isinstance(web, Decimal) and web > 0:
                fee = web / 1000
            yield Listed(name, names, prices, "genai-prices", modifiers, fee)


def ratio(rates, base):
    """The one factor between two prices; None where the classes disagree."""
    factors = {rates[c] / base[c] for c in ("input", "output") if c in rates and base.get(c)}
    factor = factors.pop() if len(factors) == 1 else None
    return factor if factor and factor == factor.quantize(Decimal("0.000001")) else None


# ---------------------------------------------------------------- LiteLLM

LITELLM_KEYS = dict(input=["input_cost_per_token"], output=["output_cost_per_token"],
                    cache_read=["cache_read_input_token_cost"], cache_write_5m=["cache_creation_input_token_cost"],
                    cache_write_1h=["cache_creation_input_token_cost_above_1hr"])


def litellm_rates(fields, suffix=""):
    rates = {}
    for name, keys in LITELLM_KEYS.items():
        for key in keys:
            value = fields.get(key + suffix)
            if isinstance(value, (int, float)):
                value = rate(Decimal(repr(value)) * 1_000_000)
                if value is not None:
                    rates[name] = value
    return rates


def litellm_windows(off_peak, peak):
    """Off-peak hours with days, as windows over the peak's rates."""
    rates = litellm_rates(off_peak)
    windows = []
    names = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    for window in off_peak.get("windows", []):
        days = [names[day - 1] for day in window.get("weekdays", [])]
        hours = window["hours_utc"]
        for span in [hours] if isinstance(hours, str) else hours:
            start, end = span.split("-")
            windows.append((f"{start}-{'24:00' if end == '00:00' else end}", ",".join(days) or None, {**peak, **rates}))
    return windows


def litellm_price(fields):
    base = litellm_rates(fields)
    tiers = []
    if "tiered_pricing" in fields:
        steps = sorted(fields["tiered_pricing"], key=lambda step: step["range"][0])
        if any("range" not in step for step in steps):
            return None
        first = litellm_rates(steps[0])
        base = {**base, **first} if base else first
        for step in steps[1:]:
            tiers.append((int(step["range"][0]), litellm_rates(step)))
    else:
        for limit in sorted({int(m[1]) for key in fields if (m := re.fullmatch(r"input_cost_per_token_above_(\d+)k_tokens", key))}):
            long = litellm_rates(fields, f"_above_{limit}k_tokens")
            tiers.append((limit * 1000, {**base, **long}))
    if "input" not in base or "output" not in base:
        return None
    # What a tier does not say, the base says: a cache rate of the base is never left out above.
    tiers = [(limit, {**base, **rates}) for limit, rates in tiers if "input" in rates and "output" in rates]
    windows = litellm_windows(fields["off_peak_pricing"], base) if "off_peak_pricing" in fields and not tiers else []
    return Price(base, tiers, windows)


def litellm_modifiers(fields):
    base, modifiers = litellm_rates(fields), {}
    for word, suffix in [("batch", "_batches"), ("flex", "_flex"), ("priority", "_priority")]:
        factor = ratio(litellm_rates(fields, suffix), base)
        if factor:
            modifiers[word] = factor
    for word in ("fast", "us"):
        factor = (fields.get("provider_specific_entry") or {}).get(word)
        if isinstance(factor, (int, float)) and factor > 0:
            modifiers[word] = Decimal(repr(factor))
    return modifiers


def litellm_listed(data, seller, source):
    for identity in SELLERS[seller].get("litellm", []):
        for key, fields in data.items():
            if fields.get("litellm_provider") != identity or fields.get("mode") not in TEXT_MODES:
                continue
            name = key.split("/", 1)[1] if key.split("/", 1)[0] in (identity, identity.split("-")[0], seller) else key
            if key.startswith(("fireworks_ai/accounts/fireworks/models/",)):
                name = key.removeprefix("fireworks_ai/")
            if seller in ("bedrock", "azure") and "/" in name or name.startswith("ft:") or name.endswith(":free"):
                continue
            price = litellm_price(fields)
            if not price:
                free = (seller, name.lower()) in FREE
                if free:
                    yield Listed(name, [], [], source)
                continue
            search = fields.get("search_context_cost_per_query") or {}
            fee = search.get("search_context_size_medium")
            yield Listed(name, [], [price], source, litellm_modifiers(fields), Decimal(repr(fee)) if fee else None)


# ---------------------------------------------------------------- models.dev, by its history

def models_dev_history(repository):
    """By provider and model: the day and the content of each version of its file, None where it was removed."""
    import tomllib  # Python 3.11; the lists that are packages need it not.
    def git(*arguments, **more):
        return subprocess.run(["git", "-C", repository, *arguments], capture_output=True, check=True, **more).stdout
    log = git("log", "--reverse", "--no-renames", "--date=short", "--format=C %H %ad", "--name-status", "--", "providers")
    events, commit, day = [], "", ""
    for line in log.decode().split("\n"):
        if line.startswith("C "):
            _, commit, day = line.split(" ")
        elif "\t" in line:
            status, path = line.split("\t", 1)
            if match := re.fullmatch(r"providers/([^/]+)/models/(.+)\.toml", path.strip('"')):
                events.append((day, commit, status[0], match[1], match[2], path.strip('"')))
    wanted = "".join(f"{commit}:{path}\n" for _, commit, status, _, _, path in events if status != "D")
    blobs, place, result = git("cat-file", "--batch", input=wanted.encode()), 0, {}
    for day, _, status, provider, model, _ in events:
        history = result.setdefault(provider, {}).setdefault(model, [])
        if status == "D":
            history.append((day, None))
            continue
        end = blobs.index(b"\n", place)
        head = blobs[place:end].split()
        if head[-1] == b"missing":
            place = end + 1
            continue
        size = int(head[-1])
        text, place = blobs[end + 1 : end + 1 + size], end + 1 + size + 1
        try:
            history.append((day, tomllib.loads(text.decode(), parse_float=str)))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError):
            pass
    return result


DEV_KEYS = dict(input="input", output="output", cache_read="cache_read", cache_write_5m="cache_write")


def dev_rates(cost):
    return {c: r for c, key in DEV_KEYS.items() if (r := rate(cost.get(key))) is not None}


def dev_price(cost):
    base = dev_rates(cost)
    if "input" not in base or "output" not in base:
        return None
    tiers = []
    if isinstance(long := cost.get("context_over_200k"), dict):
        tiers.append((200000, {**base, **dev_rates(long)}))
    for tier in cost.get("tiers", []):
        limit = (tier.get("tier") or {}).get("size") or (tier.get("context") or {}).get("min")
        if isinstance(limit, int) and limit > 0:
            tiers.append((limit, {**base, **dev_rates(tier)}))
    return Price(base, sorted(tiers, key=lambda tier: tier[0]))


def dev_listed(history, seller):
    for identity in SELLERS[seller].get("dev", []):
        for name, versions in history.get(identity, {}).items():
            prices, free, released_on = [], False, None
            for day, content in versions:
                cost = (content or {}).get("cost")
                if not isinstance(cost, dict) or "text" not in (content.get("modalities") or {}).get("output", ["text"]):
                    continue
                released_on = released_on or content.get("release_date")
                price = dev_price(cost)
                if price is None:
                    free = free or (str(cost.get("input")) in ("0", "0.00", "0.0") and seller in FREE_SELLERS)
                elif not prices or (prices[-1].rates, prices[-1].tiers) != (price.rates, price.tiers):
                    if prices and prices[-1].start == day:
                        prices.pop()
                    price.start = day
                    prices.append(price)
            # A file is often written after the model came, never before.
            if prices and re.fullmatch(r"\d{4}-\d\d-\d\d", str(released_on or "")):
                prices[0].start = min(prices[0].start, max(str(released_on), "2024-01-01"))
            # One price a day: the last that was written.
            prices = [p for i, p in enumerate(prices) if i + 1 == len(prices) or p.start < prices[i + 1].start]
            if ":free" in name or ":batch" in name:
                continue
            if prices or free:
                yield Listed(name, [], prices, "models.dev")


# ---------------------------------------------------------------- Packages that carry models.dev's list on

RATES_KEYS = {name: key.replace("_5m", "") + "_mtok" for name, key in zip(CLASSES, CLASSES)}


def rates_rates(price):
    return {c: r for c, key in RATES_KEYS.items() if (r := rate(price.get(key))) is not None}


def rates_listed(models, seller):
    """The package `rates`: what models.dev had on the day of its release."""
    for model in models:
        price, life = model["price"] or {}, model["lifecycle"]
        if model["provider"] not in SELLERS[seller].get("dev", []) or model["type"] not in TEXT_MODES \
                or "text" not in (model["modalities"] or {}).get("output", ["text"]) or price.get("currency") != "USD" \
                or model["id"].endswith((":free", ":batch")) or any(key in price for key in ("requests_kcount", "kchar")):
            continue
        base = rates_rates(price)
        steps = [(tier["when"], {**base, **rates_rates(tier["price"])}) for tier in model["price_tiers"]]
        if "input" not in base or "output" not in base or any(when["dimension"] != "context" for when, _ in steps):
            continue
        listed = Price(base, sorted(((when["over"], rates) for when, rates in steps), key=lambda step: step[0]))
        released_on = life["release_date"] or ""
        listed.start = released_on if re.fullmatch(r"\d{4}-\d\d-\d\d", released_on) else None
        yield Listed(model["id"], [], [listed], "rates")


def model_prices_listed(prices, seller):
    """The package `model-prices`: what it read on the sellers' own pages, the newest of each model."""
    for identity in SELLERS[seller].get("dev", []):
        for name, modes in prices.get(identity, {}).items():
            newest = (modes.get("standard") or [{}])[-1].get("rates")
            if not newest or newest.get("tiers") or newest.get("model"):
                continue
            listed = dev_price(newest)
            if listed:
                listed.start = newest["valid_from"][:10]
                yield Listed(name, [], [listed], "model-prices")


# ---------------------------------------------------------------- Names

def folded(name):
    return re.sub(r"(?<=\d)\.(?=\d)", "-", name.lower())


def released(names):
    """The first day that a name itself holds."""
    for name in names:
        for pattern in (r"(20\d\d)-?([01]\d)-?([0-3]\d)(?!\d)", r"(?<!\d)(2[4-6])([01]\d)([0-3]\d)(?!\d)"):
            for match in re.finditer(pattern, name):
                year, month, day = match.groups()
                try:
                    return datetime.date(int(year) + (2000 if len(year) == 2 else 0), int(month), int(day)).isoformat()
                except ValueError:
                    pass
    return FIRST_DAY


# ---------------------------------------------------------------- The files

def mapping(rates):
    return ", ".join(f'{name}: "{text(rates[name])}"' for name in CLASSES if name in rates)


def scalar(value):
    return value if re.fullmatch(r"[A-Za-z][A-Za-z0-9._/-]*", value) else json.dumps(value)


def entry_lines(price, start, source, imported):
    lines = [f"      - from: {start}", f"        {{}}"]
    lines[1:] = [f'        {name}: "{text(price.rates[name])}"' for name in CLASSES if name in price.rates]
    known = set(price.rates)
    if price.tiers:
        lines.append("        tiers:")
        lines += [f"          - {{above_input_tokens: {limit}, {mapping({c: r for c, r in {**price.rates, **rates}.items() if c in known})}}}"
                  for limit, rates in price.tiers]
    elif price.windows:
        lines.append("        windows:")
        lines += [f'          - {{utc: "{span}", {f"days: {json.dumps(days)}, " if days else ""}'
                  f'{mapping({c: r for c, r in {**price.rates, **rates}.items() if c in known})}}}'
                  for span, days, rates in price.windows]
    lines += [f"        source: {json.dumps(source)}", f"        imported: {imported}"]
    return lines


class File:
    """A pricing file as text: what stands before, between and after its models."""

    def __init__(self, path, seller):
        self.path, self.blocks = path, {}
        lines = path.read_text().split("\n") if path.exists() else [f"provider: {seller}", "models:", ""]
        starts = [i for i, line in enumerate(lines) if line == "models:"]
        if not starts:
            end = len(lines)
            self.head, self.tail = lines[:next((i for i, l in enumerate(lines) if l == "plans:"), end)] + ["models:"], \
                lines[next((i for i, l in enumerate(lines) if l == "plans:"), end):]
            return
        first = starts[0]
        end = next((i for i in range(first + 1, len(lines)) if re.match(r"\S", lines[i])), len(lines))
        self.head, self.tail = lines[: first + 1], lines[end:]
        block, pending = None, []
        for line in lines[first + 1 : end]:
            if match := re.fullmatch(r"  - model: (.*)", line):
                name = match[1]
                block = self.blocks[name.strip('"')] = pending + [line]
                pending = []
            elif re.match(r"  #|\s*$", line) or block is None:
                pending.append(line)
            else:
                block += pending + [line]
                pending = []
        self.pending = pending

    def is_kept(self, name):
        block = self.blocks[name]
        return not any("imported:" in line for line in block) or any("# By hand" in line for line in block)

    def write(self):
        lines = list(self.head)
        for name in sorted(self.blocks, key=folded):
            block = self.blocks[name]
            while block and not block[0].strip():
                block = block[1:]
            lines += block
        tail = self.tail
        if any(line.strip() for line in tail):
            lines += [""] + tail
        self.path.write_text("\n".join(lines).rstrip("\n") + "\n")


def last_price(block):
    """The newest entry of a block that this script wrote, as the lines that hold figures."""
    starts = [i for i, line in enumerate(block) if line.startswith("      - from:")]
    return [l for l in block[starts[-1] + 1 :] if not re.match(r"\s+(source|imported|recorded):", l)], \
        block[starts[-1]].split(": ")[1]


def says_more(fresh, figures):
    """Whether figures differ from those that are known; a class of which a list says nothing today has not changed."""
    conditions = [[l for l in lines if l.startswith("          ")] for lines in (fresh, figures)]
    if conditions[0] != conditions[1]:
        return True
    return not set(fresh) <= set(figures)


def renew(file, seller, listed, on, versions, adds=True):
    known = {}
    for name in file.blocks:
        known[folded(name)] = name
    for name, block in file.blocks.items():
        for line in block:
            if match := re.match(r"    aliases: \[(.*)\]", line):
                for alias in match[1].split(","):
                    known[folded(alias.strip().strip('"'))] = name
    # A snapshot at the model's own price is the model: names are looked up without their dates.
    current = {folded(item.name): item.prices[-1] for item in listed if item.prices}
    def is_snapshot(item):
        base = folded(re.sub(r"([-@]20\d{6}|-20\d\d-\d\d-\d\d|-latest)$", "", item.name))
        if base == folded(item.name) or not item.prices:
            return False
        price, newest = current.get(base), item.prices[-1]
        if price is None:
            return base in known
        # What the steps of a model that is kept by hand are is in the file.
        if known.get(base) in file.blocks and file.is_kept(known[base]):
            return asked(price.rates) == asked(newest.rates)
        return is_same(price, newest)
    listed = [item for item in listed if not is_snapshot(item)]
    # All names of their own first, so that no alias takes another model's.
    own = {folded(item.name) for item in listed}
    for item in listed:
        name = item.name
        def origin(source):
            return f"{{from: {source}, version: {json.dumps(versions[source])}, on: {on}}}"
        imported = origin(item.source)
        page = SELLERS[seller]["page"]
        if seller == "openrouter":
            page = "https://openrouter.ai/" + name
        existing = known.get(folded(name))
        if existing:
            if existing not in file.blocks or file.is_kept(existing) or not item.prices:
                continue
            figures, start = last_price(file.blocks[existing])
            day = item.prices[-1].start or on
            fresh = entry_lines(item.prices[-1], max(day, start), page, imported)
            # One entry a day; and a past that a list tells otherwise today is nothing to renew.
            if max(day, start) >= on:
                day = on
            # The same version of a list says nothing new.
            if start >= on or item.source == "models.dev" or origin(item.source).split(", on")[0] in file.blocks[existing][-1]:
                continue
            if says_more([l for l in fresh[1:] if not re.match(r"\s+(source|imported):", l)], figures) \
                    and item.source in "".join(file.blocks[existing][-1:]):
                file.blocks[existing] += entry_lines(item.prices[-1], on if day <= start else day, page, imported)
            continue
        if not adds:
            continue
        aliases = []
        for alias in item.aliases:
            if folded(alias) not in own and folded(alias) not in known:
                known[folded(alias)] = name
                aliases.append(alias)
        known[folded(name)] = name
        block = [f"  - model: {scalar(name)}"]
        if aliases:
            block.append(f"    aliases: [{', '.join(scalar(a) for a in aliases)}]")
        if not item.prices:
            file.blocks[name] = block + ["    billing: free"]
            continue
        modifiers = {k: v for k, v in item.modifiers.items() if v != 1}
        if modifiers:
            block.append("    modifiers: {" + ", ".join(f'{k}: "{text(v)}"' for k, v in sorted(modifiers.items())) + "}")
        if item.fee:
            block.append(f'    fees: {{web_search: "{text(item.fee)}"}}')
        block.append("    prices:")
        first = released([name] + item.aliases)
        later = min([p.start for p in item.prices if p.start] or ["9999-12-31"])
        for price in item.prices:
            block += entry_lines(
                price, price.start or (first if first < later else FIRST_DAY), page,
                origin(price.source) if price.source else imported)
        file.blocks[name] = block


def merged(genai, litellm):
    """One list: of the first that knows a model, with what the second adds to the same price."""
    result, index = [], {}
    for item in genai:
        if folded(item.name) in index:
            continue
        index[folded(item.name)] = item
        result.append(item)
    names = {folded(a): item for item in genai for a in item.aliases}
    for item in litellm:
        other = index.get(folded(item.name)) or names.get(folded(item.name))
        # One list's alias may be a model of its own in the other: it is one where it has another price.
        if other is not None and folded(item.name) not in index and other.prices and item.prices \
                and not is_same(other.prices[-1], item.prices[-1]):
            other = None
        if other is None:
            index[folded(item.name)] = item
            result.append(item)
            continue
        if not other.prices or not item.prices:
            continue
        mine, theirs = other.prices[-1], item.prices[-1]
        if all(mine.rates[c] == theirs.rates[c] for c in mine.rates if c in theirs.rates):
            extra = {c: r for c, r in theirs.rates.items() if c not in mine.rates and not mine.tiers and not mine.windows}
            if extra:
                mine.rates.update(extra)
            if theirs.tiers and not mine.tiers and not mine.windows:
                mine.tiers = theirs.tiers
            for word, factor in item.modifiers.items():
                other.modifiers.setdefault(word, factor)
            other.fee = other.fee or item.fee
    return result


def with_history(listed, dev, last_day):
    """What models.dev had before, put in front of a price that a list does not date."""
    known = {folded(item.name): item for item in listed}
    for item in listed:
        for alias in item.aliases:
            known.setdefault(folded(alias), item)
    fresh = []
    for old in dev:
        item = known.get(folded(old.name))
        if item is None:
            fresh.append(old)
        elif len(item.prices) == 1 and old.prices and not item.prices[0].start and not item.prices[0].windows:
            now = item.prices[0]
            def same(price):
                return all(price.rates[c] == now.rates[c] for c in ("input", "output"))
            series = list(old.prices)
            start = last_day
            while series and same(series[-1]):
                start = series.pop().start
            earlier = []
            for price in series:
                if not earlier or any(price.rates[c] != earlier[-1].rates[c] for c in ("input", "output")):
                    earlier.append(price)
            for price in earlier:
                price.source = old.source
            now.start = start
            item.prices = earlier + [now]
    return listed + fresh


def noon(price, day):
    """The rates at 12:00 UTC of a day."""
    name = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"][datetime.date.fromisoformat(day).weekday()]
    for span, days, rates in price.windows:
        start, end = span.split("-")
        inside = start <= "12:00" < end if start < end else start <= "12:00" or "12:00" < end
        if inside and (days is None or name in days):
            return {**price.rates, **rates}
    return price.rates


def write_dated(file, models, data, versions, on):
    """What each list says of each of its dates, for the test that compares them with the catalogue."""
    lines = [f"# genai-prices {versions['genai-prices']}, litellm {versions['litellm']}, read on {on}: the rates at noon"]
    for seller in SELLERS:
        for item in list(genai_listed(models, seller)) + list(litellm_listed(data, seller, "litellm")):
            for place, price in enumerate(item.prices):
                day = price.start or on
                if not price.start and place + 1 < len(item.prices):
                    # Before the next one.
                    day = (datetime.date.fromisoformat(item.prices[place + 1].start) - datetime.timedelta(1)).isoformat()
                rates = noon(price, day)
                figures = [text(rates[c]) if c in rates else "" for c in CLASSES]
                lines.append(",".join([item.source, seller, item.name, day, *figures]))
    file.write_text("\n".join(dict.fromkeys(lines)) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=pathlib.Path)
    parser.add_argument("--litellm", nargs=2, metavar=("FILE", "VERSION"), required=True)
    parser.add_argument("--genai-prices", nargs=2, metavar=("FOLDER", "VERSION"), required=True)
    parser.add_argument("--rates", nargs=2, metavar=("FILE", "VERSION"), help="the ledger of the package rates")
    parser.add_argument("--model-prices", nargs=2, metavar=("FILE", "VERSION"), help="the snapshot of that package")
    parser.add_argument("--older", nargs=3, metavar=("FILE", "NAME", "VERSION"),
                        help="an older list in LiteLLM's format, for models that are no longer sold")
    parser.add_argument("--models-dev", metavar="REPOSITORY", help="a clone of models.dev, for what prices were before")
    parser.add_argument("--on", default=datetime.date.today().isoformat())
    parser.add_argument("--only", nargs="+", metavar="SELLER", default=list(SELLERS), help="leave the other files alone")
    parser.add_argument("--dated", type=pathlib.Path, metavar="CSV", help="also write what the lists say, by date")
    options = parser.parse_args()
    models = genai_models(options.genai_prices[0])
    data = json.loads(pathlib.Path(options.litellm[0]).read_text())
    older = json.loads(pathlib.Path(options.older[0]).read_text()) if options.older else {}
    versions = {"genai-prices": options.genai_prices[1], "litellm": options.litellm[1]}
    if options.older:
        versions[options.older[1]] = options.older[2]
    if options.dated:
        write_dated(options.dated, models, data, versions, options.on)
    later = []
    if options.rates:
        with gzip.open(options.rates[0]) as file:
            later.append((rates_listed, json.load(file)["models"], True))
        versions["rates"] = options.rates[1]
    if options.model_prices:
        # It does not say which of its models speak and which write, so it adds none.
        snapshot = json.loads(pathlib.Path(options.model_prices[0]).read_text())
        later.append((model_prices_listed, snapshot["prices"], False))
        versions["model-prices"] = options.model_prices[1]
    history, last_day = {}, options.on
    if options.models_dev:
        history = models_dev_history(options.models_dev)
        last_day = max(day for models in history.values() for versions in models.values() for day, _ in versions)
        versions["models.dev"] = last_day
        last_day = (datetime.date.fromisoformat(last_day) + datetime.timedelta(1)).isoformat()
    for seller in options.only:
        genai = list(genai_listed(models, seller))
        listed = merged(genai, list(litellm_listed(data, seller, "litellm")))
        if options.older:
            listed = merged(listed, list(litellm_listed(older, seller, options.older[1])))
        listed = with_history(listed, list(dev_listed(history, seller)), last_day)
        file = File(options.folder / f"{seller}.yaml", seller)
        renew(file, seller, listed, options.on, versions)
        # What the lists above know is theirs to say.
        for read, content, adds in later:
            renew(file, seller, list(read(content, seller)), options.on, versions, adds)
        if file.blocks:
            file.write()


main()
