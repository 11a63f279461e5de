import BuiltInPrices
import Foundation
import Testing
import Model

@testable import Pricing

/// What an import does to the text of the files.
struct ImportEditTests {
  /// Layouts of one and the same table that people write.
  private static let layouts: [String] = [
    """
    provider: p
    models:
      - model: other
        prices:
          - {from: 2026-01-01, input: "9", output: "9", source: s, verified: 2026-01-01}
      # about m
      - model: m
        aliases: [m-latest]
        prices:
          - from: 2026-01-01
            input: "1"   # list price
            output: "2"
            source: s
            verified: 2026-01-01
            # more about the price

      # the last one
      - model: last
        prices:
          - {from: 2026-01-01, input: "9", output: "9",
              source: s, verified: 2026-01-01}
    # the end
    """,
    """
    models:
    - prices:
      - verified: 2026-01-01
        source: s
        output: 2
        input: 1
        from: 2026-01-01
      model: "m"
    - model: 'other'
      prices:
      - {from: 2026-01-01, input: "9", output: "9", source: s, verified: 2026-01-01}
    - {model: last, prices: [{from: 2026-01-01, input: 9, output: 9, source: s, verified: 2026-01-01}]}
    provider: p
    """,
    """
    ---
    # provider: q
    provider:   p
    models:
        -   model: other
            prices: [{from: 2026-01-01, input: "9", output: "9", source: s, verified: 2026-01-01}]
        -   model: last
            prices:
                -   {from: 2026-01-01, input: "9", output: "9", source: s, verified: 2026-01-01}
        -   model: m
            prices:
                -   from: 2026-01-01
                    input: "1"
                    output: "2"
                    source: >-
                      s
                    verified: 2026-01-01
    """,
  ]

  /// Each layout with each end of lines, with and without an end of the last line.
  static let texts: [String] = layouts.flatMap { layout in
    [layout, layout + "\n", layout + "\n\n", (layout + "\n").replacing("\n", with: "\r\n")]
  }

  @Test(arguments: texts)
  func onlyLinesAreAdded(text: String) throws {
    let before = try PriceTable.load(files: [PricingFile(name: "p.yaml", text: text)])
    for model in ["m", "last", "other", "quite-new"] {
      var folder = try PriceImport(files: [PricingFile(name: "p.yaml", text: text)], folder: "f")
      let outcome: PriceImport.Outcome
      do {
        outcome = try folder.add(
          try listing("5e-07", "6e-07", tiers: true), of: .litellm, to: ModelID(provider: "p", model: model),
          today: day("2026-06-24"), reach: .init())
      } catch let error as ImportFault {
        // A list in brackets has no line of its own to follow.
        #expect(error.description.contains("no line can be added to its list at p.yaml:"))
        #expect(text.contains("prices: [") || text.contains("- {model"))
        #expect(folder.files.map(\.text) == [text])
        continue
      }
      #expect(outcome == .added([try day("2026-06-24")], lost: []))
      let new = folder.files[0].text
      #expect(commonEnds(Array(text.utf8), Array(new.utf8)) == text.utf8.count)
      // Loaded anew it says what it should, and nothing else.
      let after = try PriceTable.load(files: [PricingFile(name: "p.yaml", text: new)])
      let id = ModelID(provider: "p", model: model)
      let entry = try #require(after.models.first { $0.id == id }?.prices.last)
      #expect(entry.rates == (try rates("0.5", "0.6")))
      #expect(entry.from == (try time("2026-06-24T00:00:00Z")))
      #expect(entry.tiers == [PriceTier(aboveInputTokens: 200_000, rates: try rates("1", "0.6"))])
      #expect(entry.source == "litellm: p/key (https://example.com/?a=b)")
      // Nobody compared it with the seller's own page.
      #expect(entry.verified == nil)
      #expect(entry.imported == ImportedFrom(list: "litellm", version: nil, on: try day("2026-06-24")))
      #expect(entry.recorded == nil)
      #expect(after.models.filter { $0.id != id } == before.models.filter { $0.id != id })
      #expect(new.utf8.contains(0x0D) == text.utf8.contains(0x0D))
      // The same once more is no change.
      let again = try folder.add(
        try listing("5e-07", "6e-07", tiers: true), of: .litellm, to: id, today: day("2026-06-25"), reach: .init())
      #expect(again == .unchanged)
      #expect(folder.files[0].text == new)
    }
  }

  @Test func everyLayoutIsFilledSomewhere() throws {
    for text in Self.texts {
      var folder = try PriceImport(files: [PricingFile(name: "p.yaml", text: text)], folder: "f")
      let outcome = try folder.add(
        try listing("5e-07", "6e-07"), of: .litellm, to: ModelID(provider: "p", model: "m"), today: day("2026-06-24"),
        reach: .init())
      #expect(outcome == .added([try day("2026-06-24")], lost: []))
    }
  }

  /// Files as they are shipped: a price for the first and the last of their models, and one that is new.
  @Test func shippedFilesKeepEveryByte() throws {
    let files = try shippedFiles()
    let currencies = try #require(files.first { $0.name.hasSuffix("/fx.yaml") })
    let today = try day("2026-12-01")
    var added = 0
    for original in files where original.text.contains("\nmodels:") && original.text.utf8.count < 20_000 {
      var folder = try PriceImport(files: [original, currencies], folder: "f")
      let models = folder.table.models.filter {
        // Of a price by the hour the list says nothing.
        !$0.isFree && $0.succession.isEmpty && $0.prices.last?.windows.isEmpty == true
      }.map(\.id)
      guard let first = models.first, let last = models.last else { continue }
      for model in Set([first, last, ModelID(provider: first.provider, model: "quite-new")]) {
        do {
          _ = try folder.add(try listing("5e-07", "6e-07"), of: .genAIPrices, to: model, today: today, reach: .init())
          added += 1
        } catch {
          Issue.record("\(model): \(error)")
        }
      }
      expectLines(of: original.text, in: folder.files[0].text)
    }
    #expect(added > 60)
  }

  @Test func aNewProviderGetsAFile() throws {
    var folder = try PriceImport(files: [], folder: "pricing")
    for model in ["true", "a: b # c", "é\"\\"] {
      _ = try folder.add(
        try listing("5e-07", "6e-07"), of: .litellm, to: ModelID(provider: "Some Where", model: model),
        today: day("2026-06-24"), reach: .init(effective: day("2026-01-01")))
    }
    #expect(folder.files.map(\.name) == ["pricing/some-where.yaml"])
    #expect(folder.table.models.map(\.id.model).sorted() == ["a: b # c", "true", "é\"\\"])
    #expect(folder.table.models.allSatisfy { $0.prices.map(\.recorded) == [CivilDay("2026-06-24")] })
    // Another provider whose file would have the same name.
    #expect(throws: ImportFault.self) {
      try folder.add(
        try listing("5e-07", "6e-07"), of: .litellm, to: ModelID(provider: "some?where", model: "m"),
        today: day("2026-06-24"), reach: .init())
    }
  }

  @Test(arguments: ["bad\u{202E}name", "a\nb", "\u{1B}[31m", "a\tb", "a &b"])
  func namesThatMisleadAreLeftOut(name: String) throws {
    var folder = try PriceImport(files: [], folder: "pricing")
    var odd = try listing("5e-07", "6e-07")
    odd.key = name
    for (listing, model) in [(odd, "m"), (try listing("5e-07", "6e-07"), name)] {
      #expect(throws: ImportFault.self) {
        try folder.add(
          listing, of: .litellm, to: ModelID(provider: "p", model: model), today: day("2026-06-24"), reach: .init())
      }
    }
    #expect(folder.files.isEmpty)
  }

  @Test func entriesAreNeverChanged() throws {
    var folder = try folder(
      """
      provider: p
      models:
        - model: m
          prices:
            - {from: 2026-01-01, input: "1", output: "2", cache_write_1h: "5", source: s, verified: 2026-01-01}
            - {from: 2026-06-24, input: "3", output: "4", cache_write_1h: "5", source: s, verified: 2026-01-01}
        - model: free
          billing: free
        - model: peak
          prices:
            - from: 2026-01-01
              input: "1"
              output: "2"
              windows: [{utc: "01:00-04:00", days: mon-fri, input: "2", output: "4"}]
              source: s
              verified: 2026-01-01
      plans:
        - plan: flat
          kind: subscription
          models: [covered]
          fees: [{from: 2026-01-01, monthly: "20", source: s, verified: 2026-01-01}]
      subscriptions: [{plan: flat, from: 2026-01-01}]
      """)
    let files = folder.files
    func refuses(_ model: String, _ effective: String?, _ reason: String, _ source: PriceSource = .litellm) throws {
      let fault = #expect(throws: ImportFault.self) {
        try folder.add(
          try listing("5e-07", "6e-07"), of: source, to: ModelID(provider: "p", model: model), today: day("2026-06-24"),
          reach: .init(effective: effective.map(day)))
      }
      #expect(fault?.description.contains(reason) == true, "\(fault?.description ?? "")")
      #expect(folder.files == files)
    }
    try refuses("m", nil, "has an entry from 2026-06-24 already, with other rates")
    try refuses("m", "2026-06-23", "has an entry from a later day than 2026-06-23")
    try refuses("free", nil, "costs nothing by the table")
    try refuses("covered", nil, "is paid by the plan flat")
    try refuses("peak", nil, "rates by the hour in the table, which litellm does not say for it")
    // What agrees is no change, whatever else the table knows.
    let m = ModelID(provider: "p", model: "M")
    #expect(
      try folder.add(try listing("3e-06", "4e-06"), of: .litellm, to: m, today: day("2026-06-24"), reach: .init())
        == .unchanged)
    #expect(
      try folder.add(
        try listing("1e-06", "2e-06"), of: .litellm, to: m, today: day("2026-06-24"),
        reach: .init(effective: day("2026-02-01")))
        == .unchanged)
    #expect(folder.files == files)
    #expect(
      try folder.add(try listing("1e-06", "2e-06"), of: .litellm, to: m, today: day("2026-06-25"), reach: .init())
        == .added([day("2026-06-25")], lost: [.cacheWrite1h]))
  }

  @Test func theListsOwnDaysAreUsed() throws {
    let text = """
      {"prices": [
        {"id": "m", "vendor": "p", "input": 7, "output": 7, "from_date": "2027-01-01", "to_date": null},
        {"id": "m", "vendor": "p", "input": 5, "output": 5, "from_date": "2026-03-01", "to_date": "2027-01-01"},
        {"id": "m", "vendor": "p", "input": 1, "output": 2, "from_date": null, "to_date": "2026-03-01"}]}
      """
    let listing = try #require(list(.llmPrices, text).listings.first)
    var folder = try folder(
      """
      provider: p
      models:
        - model: m
          prices:
            - {from: 2026-01-01, input: "1", output: "2", source: s, verified: 2026-01-01}
      """)
    let id = ModelID(provider: "p", model: "m")
    let outcome = try folder.add(listing, of: .llmPrices, to: id, today: day("2026-06-24"), reach: .init())
    #expect(outcome == .added([try day("2026-03-01"), try day("2027-01-01")], lost: []))
    let prices = try #require(folder.table.models.first?.prices)
    #expect(prices.map(\.from) == (try ["2026-01-01", "2026-03-01", "2027-01-01"].map { try time($0 + "T00:00:00Z") }))
    #expect(prices.map(\.recorded) == [nil, try day("2026-06-24"), nil])
    #expect(prices.map(\.rates?.input.description) == ["1", "5", "7"])
    #expect(
      try folder.add(listing, of: .llmPrices, to: id, today: day("2026-07-01"), reach: .init()) == .unchanged)
  }

  /// Since when a list's hours apply, it does not say: of its own dates, the newest has them.
  @Test func hoursWithoutADateAreNotThoseOfThePast() throws {
    let listing = try #require(
      list(
        .genAIPrices,
        """
        [{"id": "q", "models": [{"id": "m", "prices": [
          {"prices": {"input_mtok": 0.14, "output_mtok": 0.28}},
          {"constraint": {"start_date": "2026-03-10"}, "prices": {"input_mtok": 0.15, "output_mtok": 0.6}},
          {"constraint": {"start_time": "22:00:00Z", "end_time": "04:00:00Z"},
           "prices": {"input_mtok": 0.3, "output_mtok": 1.2}}]}]}]
        """
      ).listings.first)
    func prices(needed: String?) throws -> (PriceImport.Outcome, [PriceEntry]) {
      let id = ModelID(provider: "q", model: "m")
      var folder = try PriceImport(files: [], folder: "pricing")
      let outcome = try folder.add(
        listing, of: .genAIPrices, to: id, today: day("2026-06-24"),
        reach: .init(needed: needed.map(day), takesHistory: true))
      return (outcome, folder.table.pricedModel(id)?.prices ?? [])
    }
    let (outcome, entries) = try prices(needed: "2026-01-05")
    #expect(
      outcome == .added([try day("2026-01-05"), try day("2026-03-10")], lost: [], hoursFrom: try day("2026-03-10")))
    #expect(entries.map(\.windows.isEmpty) == [true, false])
    // Nothing is left out where nothing before that day is taken.
    #expect(try prices(needed: nil).0 == .added([try day("2026-03-10")], lost: []))
  }

  /// Without a day of the user's, a model without a price gets one from the day on which it was first needed.
  @Test func aPriceBeginsWhenItWasNeeded() throws {
    let id = ModelID(provider: "q", model: "new")
    func days(_ listing: Listing, _ source: PriceSource, needed: String?, history: Bool = false) throws -> [String] {
      var folder = try PriceImport(files: [], folder: "pricing")
      _ = try folder.add(
        listing, of: source, to: id, today: day("2026-06-24"),
        reach: .init(needed: needed.map(day), takesHistory: history))
      let prices = try #require(folder.table.pricedModel(id)?.prices)
      return prices.map { "\(CivilDay(utc: $0.from)) \($0.rates?.input.description ?? "")" }
    }
    let undated = try listing("5e-07", "6e-07")
    #expect(try days(undated, .litellm, needed: nil) == ["2026-06-24 0.5"])
    #expect(try days(undated, .litellm, needed: "2026-05-02") == ["2026-05-02 0.5"])
    let dated = try #require(
      list(
        .llmPrices,
        """
        {"prices": [
          {"id": "new", "vendor": "q", "input": 5, "output": 5, "from_date": "2026-03-01", "to_date": null},
          {"id": "new", "vendor": "q", "input": 2, "output": 2, "from_date": "2025-09-01", "to_date": "2026-03-01"}]}
        """
      ).listings.first)
    // What the list knows of the days since then is used.
    #expect(try days(dated, .llmPrices, needed: "2026-02-10") == ["2026-02-10 2", "2026-03-01 5"])
    #expect(try days(dated, .llmPrices, needed: "2026-04-10") == ["2026-04-10 5"])
    #expect(try days(dated, .llmPrices, needed: nil, history: true) == ["2025-09-01 2", "2026-03-01 5"])
    // Before its first day the list knows nothing better than that day.
    #expect(try days(dated, .llmPrices, needed: "2025-08-01") == ["2025-08-01 2", "2026-03-01 5"])
  }

  /// A folder's model goes before the program's as a whole, so it takes the program's past along.
  @Test func whatLiesBelowIsTakenAlong() throws {
    let id = ModelID(provider: "moonshot", model: "kimi-k2.6")
    let below = try #require(shipped.pricedModel(id))
    var folder = try PriceImport(files: [], folder: "pricing", over: .builtIn)
    let entry = PriceEntry(
      from: try time("2026-12-01T00:00:00Z"), rates: try rates("9", "9"), source: "s", verified: try day("2026-12-01"))
    try folder.add(entry, to: ModelID(provider: "kimi", model: "kimi-k2.6"))
    #expect(folder.files.map(\.name) == ["pricing/moonshot.yaml"])
    #expect(folder.table.pricedModel(id)?.prices == below.prices + [entry])
    #expect(folder.table.pricedModel(id)?.aliases.sorted() == below.aliases.sorted())
    // An earlier price goes before the others, a later one between them.
    var early = entry
    early.from = try time("2020-01-01T00:00:00Z")
    try folder.add(early, to: id)
    #expect(folder.table.pricedModel(id)?.prices == [early] + below.prices + [entry])
    // A mode's factor goes beside those that the program has, into the folder's own model too.
    try folder.add(["flex": TokenFactor(millionths: 500_000)], to: id)
    #expect(folder.table.modifiers(of: id).factors["flex"]?.description == "0.5")
    #expect(throws: ImportFault.self) { try folder.add(["flex": .one], to: id) }
    #expect(throws: ImportFault.self) { try folder.add(["slow": .one], to: ModelID(provider: "zai", model: "glm-5.2")) }
    // A shorter spelling never gets the price of a longer one.
    try folder.add(entry, to: ModelID(provider: "moonshot", model: "kimi-k2.6-20260101"))
    #expect(folder.table.pricedModel(id)?.prices.count == below.prices.count + 2)
    #expect(folder.table.resolve(ModelID(provider: "moonshot", model: "kimi-k2.6-20260101")) != id)
  }

  private func folder(_ text: String) throws -> PriceImport {
    try PriceImport(files: [PricingFile(name: "pricing/p.yaml", text: text)], folder: "pricing")
  }

  /// A price of LiteLLM's, USD a token.
  private func listing(_ input: String, _ output: String, tiers: Bool = false) throws -> Listing {
    let long = tiers ? #","input_cost_per_token_above_200k_tokens": 1e-06"# : ""
    let list = try list(
      .litellm,
      """
      {"p/key": {"litellm_provider": "p", "input_cost_per_token": \(input), "output_cost_per_token": \(output)\(long),
        "source": "https://example.com/?a=b"}}
      """)
    return try #require(list.listings.first)
  }
}

/// How many bytes of a text stand at the beginning and at the end of another, each counted once.
private func commonEnds(_ old: [UInt8], _ new: [UInt8]) -> Int {
  let start = zip(old, new).prefix { $0 == $1 }.count
  let end = zip(old.dropFirst(start).reversed(), new.dropFirst(start).reversed()).prefix { $0 == $1 }.count
  return start + end
}

/// Expects all lines of a text, in their order, in another one.
private func expectLines(of old: String, in new: String) {
  var rest = Array(old.utf8).split(separator: 0x0A, omittingEmptySubsequences: false)[...]
  for line in Array(new.utf8).split(separator: 0x0A, omittingEmptySubsequences: false) where line == rest.first {
    rest.removeFirst()
  }
  #expect(rest.isEmpty, "a line is missing or changed")
}
