import Foundation
import Testing

@testable import Pricing
import TestSupport

/// Every kind of bad content is refused with its file and line.
struct RefusalTests {
  private func findings(_ load: () throws -> PriceTable) -> [Diagnostic] {
    do {
      _ = try load()
      return []
    } catch PricingError.invalid(let findings) {
      return findings.filter { $0.severity == .error }
    } catch {
      Issue.record("\(error)")
      return []
    }
  }

  private static let model = "provider: p\nmodels:\n  - model: m\n    prices:\n"
  private static func price(_ more: String) -> String {
    "\(model)      - from: 2026-01-01\n        input: \"1\"\n        output: \"2\"\n\(more)"
  }
  private static func plan(_ fee: String, kind: String = "subscription", models: String = "[m]") -> String {
    "provider: p\nplans:\n  - plan: a\n    kind: \(kind)\n    models: \(models)\n    fees:\n      - \(fee)\n"
  }
  private static let hardware =
    "{from: 2026-01-01, hardware: \"1\", amortisation_months: 36, watts: 1, tariff_per_kwh: \"1\"}"

  static let cases: [(String, String, Int, String?, String)] = [
    // What is wrong, the text, and the line and key of the finding.
    ("unknown key", price("        cache_reed: \"1\"\n"), 8, "cache_reed", "did you mean cache_read?"),
    ("merge key", "<<: {provider: p}\n", 1, "<<", "no such key"),
    ("exponent", price("        cache_read: 1e-1\n"), 8, "cache_read", "\"1e-1\" is not a rate"),
    ("hexadecimal", price("        cache_read: 0x1F\n"), 8, "cache_read", "is not a rate"),
    ("underscore", price("        cache_read: 1_0\n"), 8, "cache_read", "is not a rate"),
    ("not a number", price("        cache_read: .nan\n"), 8, "cache_read", "is not a rate"),
    ("negative", price("        cache_read: -1\n"), 8, "cache_read", "is not a rate"),
    ("plus", price("        cache_read: +1\n"), 8, "cache_read", "is not a rate"),
    ("seven places", price("        cache_read: \"0.0000001\"\n"), 8, "cache_read", "is not a rate"),
    ("a rate out of range", price("        cache_read: \"1000001\"\n"), 8, "cache_read", "is not a rate"),
    ("no value", price("        cache_read:\n"), 8, "cache_read", "has no value"),
    ("null", price("        cache_read: ~\n"), 8, "cache_read", "has no value"),
    ("a list for a value", price("        cache_read: [1]\n"), 8, "cache_read", "must be one value"),
    ("missing rate", "\(model)      - from: 2026-01-01\n        input: \"1\"\n", 5, "output", "needs this key"),
    ("missing from", "\(model)      - input: \"1\"\n        output: \"1\"\n", 5, "from", "needs this key"),
    ("missing provider", "models:\n  - {model: m, billing: free}\n", 1, "provider", "needs this key"),
    ("provider with a slash", "provider: a/b\nmodels:\n  - {model: m, billing: free}\n", 1, "provider", "slash"),
    ("missing model", "provider: p\nmodels:\n  - billing: free\n", 3, "model", "needs this key"),
    ("no prices", "provider: p\nmodels:\n  - model: m\n", 3, "prices", "a model needs prices"),
    ("nothing in it", "provider: p\n", 1, "models", "needs this key, or plans"),
    ("empty models", "provider: p\nmodels: []\n", 2, "models", "the list is empty"),
    ("empty prices", "provider: p\nmodels:\n  - model: m\n    prices: []\n", 4, "prices", "the list is empty"),
    ("models not a list", "provider: p\nmodels: {m: 1}\n", 2, "models", "must be a list"),
    ("a model not a mapping", "provider: p\nmodels: [m]\n", 2, nil, "must be a mapping"),
    ("free with prices", price("    billing: free\n"), 3, "prices", "free model has no prices"),
    ("billing", "provider: p\nmodels:\n  - {model: m, billing: gratis}\n", 3, "billing", "is not free or per_token"),
    ("bad date", "\(model)      - {from: 2026-02-30, input: 1, output: 1}\n", 5, "from", "is not a date"),
    (
      "offset instead of Z", "\(model)      - {from: \"2026-02-03T10:00+02:00\", input: 1, output: 1}\n", 5, "from",
      "is not a date"
    ),
    ("25 o'clock", "\(model)      - {from: 2026-02-03T25:00Z, input: 1, output: 1}\n", 5, "from", "is not a date"),
    ("bad verified", price("        verified: yesterday\n"), 8, "verified", "is not a date"),
    ("duplicate dates", price("      - {from: 2026-01-01T00:00Z, input: 1, output: 1}\n"), 8, "from", "same time"),
    ("unsorted dates", price("      - {from: 2025-12-31, input: 1, output: 1}\n"), 8, "from", "newest last"),
    ("an end first", "\(model)      - {from: 2026-01-01, ends: true}\n", 5, "ends", "cannot be an end"),
    ("an end with figures", price("      - {from: 2026-02-01, ends: true, input: 1}\n"), 8, "input", "no such key"),
    ("an end that is not", price("      - {from: 2026-02-01, ends: false}\n"), 8, "ends", "is not true"),
    (
      "tiers not ascending",
      price(
        "        tiers:\n          - {above_input_tokens: 9, input: 1, output: 1}\n"
          + "          - {above_input_tokens: 9, input: 2, output: 2}\n"), 10, "above_input_tokens", "is not above"
    ),
    (
      "a tier of 0", price("        tiers: [{above_input_tokens: 0, input: 1, output: 1}]\n"), 8,
      "above_input_tokens",
      "is not a number of tokens"
    ),
    (
      "a tier of 20 digits",
      price("        tiers: [{above_input_tokens: 99999999999999999999, input: 1, output: 1}]\n"),
      8, "above_input_tokens", "is not a number of tokens"
    ),
    (
      "a tier without a class",
      price("        cache_read: 1\n        tiers: [{above_input_tokens: 9, input: 1, output: 1}]\n"),
      9, "cache_read", "a tier needs this key"
    ),
    (
      "windows overlap",
      price(
        "        windows:\n          - {utc: \"22:00-02:00\", days: sun, input: 1, output: 1}\n"
          + "          - {utc: \"01:00-04:00\", days: mon-fri, input: 2, output: 2}\n"), 10, "utc", "overlaps"
    ),
    (
      "a window of nothing", price("        windows: [{utc: \"01:00-01:00\", input: 1, output: 1}]\n"), 8, "utc",
      "is not a span"
    ),
    (
      "a bad day", price("        windows: [{utc: \"01:00-02:00\", days: monday, input: 1, output: 1}]\n"), 8, "days",
      "is not days"
    ),
    (
      "tiers and windows",
      price(
        "        tiers: [{above_input_tokens: 9, input: 1, output: 1}]\n"
          + "        windows: [{utc: \"01:00-02:00\", input: 1, output: 1}]\n"), 5, "windows", "not both"
    ),
    ("fee out of range", plan("{from: 2026-01-01, monthly: 1e30}"), 7, "monthly", "is not an amount"),
    (
      "fee far too high", plan("{from: 2026-01-01, monthly: \"1000000000000000000000000000000\"}"), 7, "monthly",
      "is not an amount"
    ),
    ("negative fee", plan("{from: 2026-01-01, monthly: \"-1\"}"), 7, "monthly", "is not an amount"),
    ("a fee without start", plan("{monthly: \"1\"}"), 7, "from", "needs this key"),
    ("a fee inside a day", plan("{from: 2026-01-01T10:00Z, monthly: \"1\"}"), 7, "from", "start of a day"),
    (
      "fees unsorted", plan("{from: 2026-01-02, monthly: 1}\n      - {from: 2026-01-01, monthly: 2}"), 8, "from",
      "starts later"
    ),
    ("hardware keys in a subscription", plan(hardware), 7, "hardware", "no such key"),
    (
      "amortisation of 0", plan(hardware.replacing("36", with: "0"), kind: "self_hosted"), 7, "amortisation_months",
      "is not a whole number"
    ),
    (
      "power left out", plan(hardware.replacing("watts: 1, ", with: ""), kind: "self_hosted"), 7, "watts",
      "needs this key"
    ),
    (
      "25 hours a day",
      plan(
        hardware.replacing("watts: 1", with: "watts: 1, utilisation_hours_per_day: 25"),
        kind: "self_hosted"), 7, "utilisation_hours_per_day", "is not hours"
    ),
    (
      "a correction without its date",
      price("      - {from: 2026-01-01, recorded: 2026-01-01, input: 1, output: 1}\n"), 8, "from",
      "a correction says when it was `recorded`"
    ),
    (
      "a fee by the month and by the year", plan("{from: 2026-01-01, monthly: 1, annual: 10}"), 7, "annual",
      "not both"
    ),
    ("no seat", plan("{from: 2026-01-01, monthly: 1, seats: 0}"), 7, "seats", "is not a whole number"),
    (
      "overage beyond nothing", plan("{from: 2026-01-01, monthly: 1, overage_per_million: 1}"), 7,
      "overage_per_million", "needs included_tokens"
    ),
    (
      "the 32nd",
      plan("{from: 2026-01-01, monthly: 1}").replacing("    fees:", with: "    billing_day: 32\n    fees:"),
      6, "billing_day", "is not a whole number from 1 to 31"
    ),
    (
      "no such mode",
      plan("{from: 2026-01-01, monthly: 1}").replacing("    fees:", with: "    excluded_modes: [slow]\n    fees:"),
      6, "excluded_modes", "is no mode of a call: fast, us, batch, priority, flex"
    ),
    (
      "a mode twice",
      plan("{from: 2026-01-01, monthly: 1}").replacing("    fees:", with: "    excluded_modes: [us, us]\n    fees:"),
      6, "excluded_modes", "is in this list already"
    ),
    (
      "a factor of nothing", "provider: p\nmodels:\n  - {model: m, billing: free, baseline_token_factor: 0}\n", 3,
      "baseline_token_factor", "is not a factor"
    ),
    (
      "a suffix without a colon", "provider: p\nfree_suffixes: [free]\nmodels: [{model: m, billing: free}]\n", 2,
      "free_suffixes", "is not a suffix"
    ),
    ("a currency in words", price("        currency: euro\n"), 8, "currency", "is not a currency's code"),
    (
      "a currency that nobody knows", price("        currency: EUR\n"), 5, "currency",
      "no rate of EUR is in the table for 2026-01-01"
    ),
    (
      "a rate for later only",
      "currencies:\n  - {currency: EUR, rates: [{from: 2026-01-02, usd: \"1.1\"}]}\n"
        + price("        currency: EUR\n"), 7, "currency", "no rate of EUR is in the table for 2026-01-01"
    ),
    (
      "a fee in a currency without a rate", plan("{from: 2026-01-01, currency: CHF, monthly: 1}"), 7, "currency",
      "no rate of CHF"
    ),
    (
      "a currency that is worth nothing",
      "currencies:\n  - {currency: EUR, rates: [{from: 2026-01-02, usd: \"0\"}]}\n",
      2, "usd", "is not what one unit is worth"
    ),
    (
      "a rate of the dollar", "currencies:\n  - {currency: USD, rates: [{from: 2026-01-02, usd: \"1\"}]}\n", 2,
      "currency", "is not a currency's code"
    ),
    (
      "a currency twice",
      "currencies:\n  - {currency: EUR, rates: [{from: 2026-01-02, usd: 1}]}\n"
        + "  - {currency: EUR, rates: [{from: 2026-01-02, usd: 1}]}\n", 3, "currency",
      "f.yaml:2 has this currency already"
    ),
    (
      "rates of a currency unsorted",
      "currencies:\n  - currency: EUR\n    rates:\n      - {from: 2026-01-02, usd: 1}\n"
        + "      - {from: 2026-01-01, usd: 1}\n", 5, "from", "starts later"
    ),
    (
      "a currency without rates", "currencies:\n  - {currency: EUR, rates: []}\n", 2, "rates", "the list is empty"
    ),
    (
      "what older files said of plans that nobody pays for",
      plan("{from: 2026-01-01, monthly: 1}").replacing("    fees:", with: "    offered: true\n    fees:"), 6, "offered",
      "every plan is only an offer now"
    ),
    ("a subscription without a day", "subscriptions:\n  - {plan: a}\n", 2, "from", "needs this key"),
    (
      "a subscription that ends first", "subscriptions:\n  - {plan: a, from: 2026-02-01, until: 2026-01-31}\n", 2,
      "until", "is before"
    ),
    (
      "an alias with a price",
      "provider: p\nmodels:\n  - model: m\n    prices: [{from: 2026-01-01, input: 1, output: 1}]\n  - model: n\n    succession: [{from: 2026-01-01, model: m}]\n    billing: free\n",
      5, "billing", "a dated alias has none"
    ),
    (
      "an alias of nothing", "provider: p\nmodels:\n  - model: n\n    succession: [{from: 2026-01-01, model: m}]\n", 4,
      "model", "no model p/m with prices"
    ),
    ("kind", plan("{from: 2026-01-01, monthly: 1}", kind: "lease"), 4, "kind", "subscription or self_hosted"),
    ("a plan of no models", plan("{from: 2026-01-01, monthly: 1}", models: "[]"), 5, "models", "the list is empty"),
    ("a plan of half a name", plan("{from: 2026-01-01, monthly: 1}", models: "[\"q/\"]"), 5, "models", "is neither"),
    (
      "a model twice in a plan", plan("{from: 2026-01-01, monthly: 1}", models: "[m, P/M]"), 5, "models",
      "in this list already"
    ),
    (
      "duplicate models",
      "provider: p\nmodels:\n  - {model: m-1.2, billing: free}\n  - {model: M-1-2, billing: free}\n",
      3, "model", "stands for p/M-1-2 already (f.yaml:4)"
    ),
    (
      "duplicate alias",
      "provider: p\nmodels:\n  - {model: a, aliases: [x], billing: free}\n  - {model: b, aliases: [X], billing: free}\n",
      4, "aliases", "stands for p/a already (f.yaml:3)"
    ),
    (
      "an alias twice", "provider: p\nmodels:\n  - {model: a, aliases: [x, x], billing: free}\n", 3, "aliases",
      "stands for p/a already"
    ),
    (
      "alias cycle",
      "provider: p\nmodels:\n  - {model: a, aliases: [b], billing: free}\n  - {model: b, aliases: [a], billing: free}\n",
      4, "model", "stands for p/a already (f.yaml:3)"
    ),
    (
      "provider alias of itself", "provider: p\naliases: [P]\nmodels:\n  - {model: a, billing: free}\n", 2, "aliases",
      "stands for the provider p already"
    ),
    ("tab", "provider: p\nmodels:\n\t- {model: a, billing: free}\n", 3, nil, "a tab stands here"),
    ("duplicate key", "provider: p\nmodels:\n  - model: a\n    billing: free\n    model: b\n", 3, "model", "twice"),
    ("no YAML", "provider: p\nmodels: [\n", 3, nil, "no YAML"),
    ("two documents", "provider: p\n---\nprovider: q\n", 2, nil, "no YAML"),
    ("undefined alias", "provider: *nobody\n", 1, nil, "no YAML"),
    ("NUL", "provider: p\nmodels: \u{0}\n", 2, nil, "no YAML"),
    (
      "a control character", "provider: \"a\\e[31m\"\nmodels:\n  - {model: m, billing: free}\n", 1, "provider",
      "control character"
    ),
    ("empty file", "", 1, nil, "the file is empty"),
    ("deep nesting", String(repeating: "[", count: 100_000), 1, nil, "no YAML"),
  ]

  @Test(arguments: cases)
  func refuses(what: String, text: String, line: Int, key: String?, message: String) throws {
    let findings = findings { try PriceTable.load(files: [PricingFile(name: "f.yaml", text: text)]) }
    let finding = findings.first { $0.message.contains(message) && $0.key == key }
    #expect(finding != nil, "\(what): \(findings)")
    #expect(finding?.line == line, "\(what): \(findings)")
    #expect(finding?.file == "f.yaml")
  }

  /// A price that is refused is no missing price.
  @Test func aRefusedPriceIsTheOnlyFinding() {
    let text = Self.price("").replacing("\"1\"", with: "\"abc\"")
    let findings = findings { try PriceTable.load(files: [PricingFile(name: "f.yaml", text: text)]) }
    #expect(findings.map(\.key) == ["input"])
  }

  @Test func refusesWhatOnlySeveralFilesShow() {
    let priced = PricingFile(name: "a.yaml", text: Self.price("    aliases: [mm]\n"))
    func plan(_ name: String, _ fee: String, models: String) -> PricingFile {
      let text = Self.plan(fee, models: models)
        .replacing("provider: p", with: "provider: \(name)").replacing("plan: a", with: "plan: \(name)")
      return PricingFile(name: "\(name).yaml", text: text)
    }
    func messages(_ files: PricingFile...) -> [String] {
      findings { try PriceTable.load(files: files) }.map(\.description)
    }
    let always = "{from: 2025-01-01, monthly: 1}"
    // Offers may cover the same models, and models with prices; only what is paid must be clear.
    let offers = [plan("b", always, models: "[m, p/MM]"), plan("c", always, models: "[b/m]"), priced]
    func paid(_ entries: String) -> [String] {
      findings {
        try PriceTable.load(files: offers + [PricingFile(name: "paid.yaml", text: "subscriptions:\n\(entries)")])
      }.map(\.description)
    }
    #expect(findings { try PriceTable.load(files: offers) }.isEmpty)
    #expect(
      paid("  - {plan: b, from: 2026-01-01}\n  - {plan: c, from: 2026-02-01}\n") == [
        "paid.yaml:3:5: error: plan: b/m is covered by b at the same time; no record says which one paid"
      ])
    #expect(paid("  - {plan: b, from: 2026-01-01, until: 2026-01-31}\n  - {plan: c, from: 2026-02-01}\n").isEmpty)
    #expect(
      paid("  - {plan: b, from: 2026-01-01}\n  - {plan: b, from: 2026-02-01, fee: \"9\"}\n") == [
        "paid.yaml:3:5: error: from: the subscription to b of 2026-01-01 still runs; give it `until`, or say `seats`"
      ])
    #expect(
      paid("  - {plan: d, from: 2026-01-01}\n") == [
        "paid.yaml:2:5: error: plan: the table has no plan \"d\"; there are b, c"
      ])
    #expect(
      messages(priced, priced).first == "a.yaml:1:11: error: provider: another file is for this provider already")
    let other = PricingFile(name: "b.yaml", text: "provider: q\naliases: [P]\nmodels: [{model: a, billing: free}]\n")
    #expect(messages(other, priced) == ["b.yaml:2:11: error: aliases: \"P\" stands for the provider p already"])
    var renamed = plan("c", always, models: "[z]")
    renamed.text = renamed.text.replacing("plan: c", with: "plan: b")
    #expect(
      messages(plan("b", always, models: "[m]"), renamed) == [
        "c.yaml:3:11: error: plan: b.yaml:3 has a plan of this name already"
      ])
  }

  @Test func damageNeverTraps() throws {
    var random = SeededGenerator(seed: 7)
    let pieces = [
      "", ":", "-", "[", "]", "{", "\"", "\n", "99999999999999999999", "&a ", "*a", "é", "\u{0}", "2026-13-01",
    ]
    // Small ones: what a reader may trip over stands in each of them.
    let small = try shippedFiles().filter { $0.text.utf8.count < 6_000 }
    for _ in 0..<1_500 {
      var text = small.randomElement(using: &random)?.text ?? ""
      for _ in 0...Int.random(in: 0...2, using: &random) {
        let start = text.index(text.startIndex, offsetBy: .random(in: 0..<text.count, using: &random))
        let end = text.index(start, offsetBy: .random(in: 0...6, using: &random), limitedBy: text.endIndex)
        text.replaceSubrange(start..<(end ?? text.endIndex), with: pieces.randomElement(using: &random) ?? "")
      }
      let lines = text.count(where: \.isNewline) + 1
      for finding in findings({ try PriceTable.load(files: [PricingFile(name: "f", text: text)]) }) {
        #expect((1...lines).contains(finding.line) && finding.column >= 1, "\(finding) of \(lines)")
      }
    }
  }

  @Test func readsWindowsLineEnds() throws {
    let text = Self.price("").replacing("\n", with: "\r\n")
    #expect(try table(text).version == (try table(Self.price(""))).version)
    #expect(try table("\u{FEFF}" + text).models.count == 1)
    let found = findings { try table(text + "\tx: 1") }
    #expect(found.map(\.line) == [8])
  }

  @Test func keysCannotSpeakToTheTerminal() {
    let found = findings { try table("provider: p\n\"\\e[31mred\": 1\n") }
    #expect(found.map(\.key) == ["models", "?[31mred"])
  }

  @Test func tellsAllFindingsAtOnce() {
    let text = Self.price("        cache_reed: 1\n        cache_read: x\n      - {from: 2025-01-01, input: 1}\n")
    let found = findings { try PriceTable.load(files: [PricingFile(name: "f.yaml", text: text)]) }
    #expect(found.map(\.line) == [8, 9, 10])
  }

  @Test(arguments: ["&a [x, x]", "[&a 1]", "{\"k\":&a 1}", "\n  - &a\n    b: 1", "!!str &a x"])
  func refusesAnchors(text: String) {
    let found = findings { try table("provider: p\nmodels: " + text) }
    #expect(found.map(\.message) == ["an anchor stands here; write the value itself wherever it is needed"])
  }

  @Test func anAmpersandIsNoAnchor() throws {
    let text = Self.price("        source: https://example.com/?a=1&b=2 # R&D & more\n")
    #expect(try table(text).models[0].prices[0].source == "https://example.com/?a=1&b=2")
  }

  @Test func folders() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent("pricing-\(UUID())")
    defer { try? FileManager.default.removeItem(at: folder) }
    #expect(throws: PricingError.noFolder(path: folder.path)) { try PriceTable.load(folder: folder.path) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    #expect(throws: PricingError.noFiles(path: folder.path)) { try PriceTable.load(folder: folder.path) }
    #expect(PricingError.noFiles(path: folder.path).description.contains(folder.path))
    let file = folder.appendingPathComponent("p.yaml")
    try Data(Self.price("").utf8).write(to: file)
    #expect(try PriceTable.load(folder: folder.path).models.count == 1)
    #expect(throws: PricingError.noFolder(path: file.path)) { try PriceTable.load(folder: file.path) }
    try Data(Array("provider: p\n# ".utf8) + [0xFF, 0x0A]).write(to: file)
    let found = findings { try PriceTable.load(folder: folder.path) }
    #expect(found.map(\.description) == ["\(file.path):2:1: error: this line is not UTF-8"])
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("q.yaml"), withIntermediateDirectories: true)
    #expect(throws: PricingError.self) { try PriceTable.load(folder: folder.path) }
  }
}
