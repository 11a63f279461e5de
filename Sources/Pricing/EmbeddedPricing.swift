// swift-format-ignore-file
// Written by embed.sh from pricing/*.yaml: change those files, not this one.

/// The files of pricing/ as they were when the program was built.
let embeddedPricing: [PricingFile] = [
  PricingFile(
    name: "pricing/anthropic.yaml",
    text: ##"""
# Prices are USD per million tokens, as exact decimals in quotes. An entry applies from its date (00:00 UTC) or time
# until the next one; `ends: true` in place of the figures says that there is no price, or no plan, from then on.
# A price that changes is a new entry, never a changed one. `recorded: DATE` says when the table learned of an entry,
# where that was later than it applied; two entries from the same time are a price and its later correction. Amounts in
# another currency say `currency: EUR` in their entry, and a file such as fx.yaml holds what one is worth:
#   currencies: [{currency: EUR, rates: [{from: 2026-01-01, usd: "1.10", source: …, verified: …}]}]
# `baseline_token_factor: "1.08"` beside a model says how many tokens Sonnet 4.6 makes of a text for each of its own; it
# applies between models that both have one.
# After a change here, run Sources/Pricing/embed.sh.
#
# Where a source names no first day, entries start on 2026-01-01. A model may have been released later: it then had no
# traffic, and its price only serves as a baseline to compare with.
provider: anthropic
models:
  # What everything is compared with unless a fixed model is configured: the newest Sonnet on the day of the request. From
  # the days on which they were released: https://www.anthropic.com/news/claude-sonnet-4-5, …/claude-sonnet-4-6,
  # …/claude-sonnet-5, https://platform.claude.com/docs/en/models/sonnet-5-5/overview.
  - model: claude-sonnet
    succession:
      - {from: 2025-09-29, model: claude-sonnet-4-5}
      - {from: 2026-02-17, model: claude-sonnet-4-6}
      - {from: 2026-06-30, model: claude-sonnet-5}
      - {from: 2026-09-28, model: claude-sonnet-5-5}

  - model: claude-sonnet-4-5
    prices:
      - from: 2025-09-29
        input: "3"
        output: "15"
        cache_read: "0.30"
        cache_write_5m: "3.75"
        cache_write_1h: "6"
        tiers:
          - above_input_tokens: 200000
            input: "6"
            output: "22.50"
            cache_read: "0.60"
            cache_write_5m: "7.50"
            cache_write_1h: "12"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20
      - from: 2026-03-13
        input: "3"
        output: "15"
        cache_read: "0.30"
        cache_write_5m: "3.75"
        cache_write_1h: "6"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20

  - model: claude-sonnet-4-6
    baseline_token_factor: "1"
    prices:
      - from: 2026-01-01
        input: "3"
        output: "15"
        cache_read: "0.30"
        cache_write_5m: "3.75"
        cache_write_1h: "6"
        tiers:
          - above_input_tokens: 200000
            input: "6"
            output: "22.50"
            cache_read: "0.60"
            cache_write_5m: "7.50"
            cache_write_1h: "12"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20
      - from: 2026-03-13
        input: "3"
        output: "15"
        cache_read: "0.30"
        cache_write_5m: "3.75"
        cache_write_1h: "6"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20

  - model: claude-sonnet-5
    # Makes about 30 % more tokens of the same text than Sonnet 4.6: 1 ÷ 1.3. Nobody published how the models of others
    # count, so that their tokens are taken as they are. https://platform.claude.com/docs/en/about-claude/models/whats-new-sonnet-5
    baseline_token_factor: "0.769231"
    prices:
      - from: 2026-01-01
        input: "2"
        output: "10"
        cache_read: "0.20"
        cache_write_5m: "2.50"
        cache_write_1h: "4"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20

  - model: claude-sonnet-5-5
    prices:
      - from: 2026-01-01
        input: "2"
        output: "10"
        cache_read: "0.20"
        cache_write_5m: "2.50"
        cache_write_1h: "4"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20
      - from: 2026-10-07
        input: "2"
        output: "10"
        cache_read: "0.10"
        cache_write_5m: "2.50"
        cache_write_1h: "4"
        source: https://platform.claude.com/docs/en/about-claude/pricing
        verified: 2026-11-20

# Plans are what is on the market, and cost nothing here. A plan that is paid for stands under `subscriptions:`, in the
# configuration or in a file of your own pricing folder: `subscriptions: [{plan: claude-pro, from: 2026-11-01}]`. A plan
# covers its models without taking their prices away. `models: ["*"]` or `["glm-*"]` cover what nothing else in the table
# names. A plan may have a `billing_day`, a fee `annual` in place of `monthly`, `seats` that it is paid for, and
# `included_tokens` a month with an `overage_per_million`.
plans:
  - plan: claude-pro
    kind: subscription
    models: [claude-sonnet-4-6, claude-sonnet-5, claude-sonnet-5-5]
    fees:
      - {from: 2026-01-01, monthly: "20", source: "https://claude.com/pricing", verified: 2026-11-20}
  - plan: claude-max-5x
    kind: subscription
    models: [claude-sonnet-4-6, claude-sonnet-5, claude-sonnet-5-5]
    fees:
      - {from: 2026-01-01, monthly: "100", source: "https://claude.com/pricing", verified: 2026-11-20}
  - plan: claude-max-20x
    kind: subscription
    models: [claude-sonnet-4-6, claude-sonnet-5, claude-sonnet-5-5]
    fees:
      - {from: 2026-01-01, monthly: "200", source: "https://claude.com/pricing", verified: 2026-11-20}

"""##),
  PricingFile(
    name: "pricing/deepseek.yaml",
    text: ##"""
provider: deepseek
models:
  - model: deepseek-v4-flash
    prices:
      - from: 2026-01-01
        input: "0.14"
        output: "0.28"
        cache_read: "0.0028"
        source: https://api-docs.deepseek.com/quick_start/pricing
        verified: 2026-11-20
      - from: 2026-08-16T16:00Z
        # Off-peak; the windows are the peak.
        input: "0.15"
        output: "0.60"
        cache_read: "0.003"
        windows:
          - {utc: "01:00-04:00", days: mon-fri, input: "0.30", output: "1.20", cache_read: "0.006"}
          - {utc: "06:00-10:00", days: mon-fri, input: "0.30", output: "1.20", cache_read: "0.006"}
        source: https://api-docs.deepseek.com/quick_start/pricing
        verified: 2026-11-20

"""##),
  PricingFile(
    name: "pricing/minimax.yaml",
    text: ##"""
provider: minimax
models:
  - model: MiniMax-M2.7
    prices:
      # MiniMax's own list, as it stood before anybody read OpenRouter's price.
      - from: 2026-01-01
        input: "0.30"
        output: "1.20"
        cache_read: "0.06"
        cache_write_5m: "0.375"
        source: https://platform.minimax.io/docs/guides/pricing
        verified: 2026-11-20
      - from: 2026-06-24
        input: "0.24"
        output: "0.96"
        cache_read: "0.06"
        source: https://openrouter.ai/minimax/minimax-m2.7
        verified: 2026-06-24

"""##),
  PricingFile(
    name: "pricing/moonshot.yaml",
    text: ##"""
provider: moonshot
models:
  - model: kimi-k2.6
    prices:
      - from: 2026-01-01
        input: "0.95"
        output: "4"
        cache_read: "0.16"
        source: https://platform.moonshot.ai/docs/pricing/chat
        verified: 2026-11-20

  - model: kimi-k2.7-code
    prices:
      - from: 2026-01-01
        input: "0.95"
        output: "4"
        cache_read: "0.19"
        source: https://platform.moonshot.ai/docs/pricing/chat
        verified: 2026-11-20

"""##),
  PricingFile(
    name: "pricing/ollama.yaml",
    text: ##"""
provider: ollama
plans:
  - plan: ollama-cloud-pro
    kind: subscription
    # The plan covers others too; add those that the router calls.
    models: [glm-5.2, kimi-k2.7-code]
    fees:
      - {from: 2026-06-01, monthly: "20", source: "https://ollama.com/pricing", verified: 2026-06-24}

"""##),
  PricingFile(
    name: "pricing/openrouter.yaml",
    text: ##"""
provider: openrouter
# A variant of a model whose name ends so costs nothing, whatever the model (https://openrouter.ai/docs/models).
free_suffixes: [":free"]
models:
  - model: minimax/minimax-m2.7
    prices:
      - from: 2026-06-24
        input: "0.24"
        output: "0.96"
        cache_read: "0.06"
        source: https://openrouter.ai/minimax/minimax-m2.7
        verified: 2026-06-24

"""##),
  PricingFile(
    name: "pricing/vllm.yaml",
    text: ##"""
# Own hardware: an example. Once it stands there, say so: `subscriptions: [{plan: dgx-spark, from: 2026-11-01}]`.
# A month costs hardware ÷ amortisation months + watts × hours a day × 365 ÷ 12 days × tariff + other, used or not.
provider: vllm
plans:
  - plan: dgx-spark
    kind: self_hosted
    models: [gemma-4-26b-a4b]
    fees:
      - from: 2026-01-01
        hardware: "4699"
        amortisation_months: 36
        watts: 240
        utilisation_hours_per_day: 24
        tariff_per_kwh: "0.15"
        other_monthly: "0"
        source: https://www.nvidia.com/en-us/products/workstations/dgx-spark/
        verified: 2026-11-20

"""##),
  PricingFile(
    name: "pricing/zai.yaml",
    text: ##"""
provider: zai
models:
  - model: glm-5.1
    prices:
      - from: 2026-01-01
        input: "1.40"
        output: "4.40"
        cache_read: "0.26"
        source: https://docs.z.ai/guides/overview/pricing
        verified: 2026-11-20

  - model: glm-5.2
    prices:
      - from: 2026-01-01
        input: "1.40"
        output: "4.40"
        cache_read: "0.26"
        source: https://docs.z.ai/guides/overview/pricing
        verified: 2026-11-20

  - model: glm-5.3
    prices:
      - from: 2026-01-01
        input: "1.40"
        output: "4.40"
        cache_read: "0.26"
        source: https://docs.z.ai/guides/overview/pricing
        verified: 2026-11-20

"""##),
]
