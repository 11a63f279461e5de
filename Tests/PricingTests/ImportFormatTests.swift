import Testing
import Model

@testable import Pricing

/// What each project's format means, on small lists made by hand.
struct ImportFormatTests {
  @Test func litellmIsUSDAToken() throws {
    let list = try list(
      .litellm,
      """
      {"sample_spec": {"litellm_provider": "one of …", "input_cost_per_token": 0.0, "output_cost_per_token": 0.0},
       "claude-x": {"litellm_provider": "anthropic", "input_cost_per_token": 3e-06, "output_cost_per_token": 1.5e-05,
         "cache_read_input_token_cost": 3e-07, "cache_creation_input_token_cost": 3.75e-06,
         "cache_creation_input_token_cost_above_1hr": 6e-06, "input_cost_per_token_batches": 1.5e-06,
         "input_cost_per_token_above_200k_tokens": 6e-06, "output_cost_per_token_above_200k_tokens": 0.0000225,
         "cache_creation_input_token_cost_above_1hr_above_200k_tokens": 1.2E-5,
         "input_cost_per_token_above_200k_tokens_priority": 9e-06, "source": "https://example.com/x"}}
      """)
    #expect(list.listings.map(\.key) == ["claude-x"])
    let listing = try #require(list.listings.first)
    #expect(listing.provider == "anthropic" && listing.link == "https://example.com/x" && listing.line == 2)
    let price = try listing.onlyPrice
    #expect(price.rates == (try rates("3", "15", "0.3", "3.75", "6")))
    // What the tier leaves out stays as it is below.
    #expect(
      price.tiers == [
        PriceTier(
          aboveInputTokens: 200_000,
          rates: try rates("6", "22.5", "0.3", "3.75", "12"))
      ])
  }

  @Test func litellmRangesAreTiers() throws {
    let list = try list(
      .litellm,
      """
      {"dashscope/q": {"litellm_provider": "dashscope", "tiered_pricing": [
        {"input_cost_per_token": 1.8e-06, "output_cost_per_token": 9e-06, "range": [32000.0, 128000.0]},
        {"input_cost_per_token": 1e-06, "output_cost_per_token": 5e-06, "range": [0, 32000.0]}]}}
      """)
    let price = try #require(list.listings.first).onlyPrice
    #expect(list.listings.first?.model == "q")
    #expect(price.rates == (try rates("1", "5")))
    #expect(price.tiers == [PriceTier(aboveInputTokens: 32_000, rates: try rates("1.8", "9"))])
  }

  @Test func modelsDevIsUSDAMillion() throws {
    let list = try list(
      .modelsDev,
      """
      {"google": {"id": "google", "doc": "https://example.com", "models": {
        "old": {"cost": {"input": 2, "output": 12, "cache_read": 0.2, "context_over_200k": {"input": 4, "output": 18}}},
        "new": {"cost": {"input": 5, "output": 30.0, "cache_write": 0,
          "tiers": [{"input": 10, "output": 45, "tier": {"type": "context", "size": 272000}}],
          "context_over_200k": {"input": 10, "output": 45}}},
        "thinks": {"cost": {"input": 1, "output": 2, "reasoning": 3}}, "bare": {"id": "bare"}}}}
      """)
    #expect(list.listings.map(\.key) == ["google/old", "google/new", "google/thinks", "google/bare"])
    let old = try list.listings[0].onlyPrice, new = try list.listings[1].onlyPrice
    #expect(old.rates == (try rates("2", "12", "0.2")))
    #expect(old.tiers == [PriceTier(aboveInputTokens: 200_000, rates: try rates("4", "18", "0.2"))])
    // A cache write at 0 is paid as input.
    #expect(new.rates == (try rates("5", "30")))
    #expect(new.tiers.map(\.aboveInputTokens) == [272_000])
    #expect(list.listings[2].fault == "charges another rate for reasoning than for output, which the table cannot say")
    #expect(list.listings[3].fault == "has no cost")
  }

  @Test func openRouterQuotesUSDAToken() throws {
    let list = try list(
      .openRouter,
      """
      {"data": [
        {"id": "minimax/minimax-m2.7", "pricing": {"prompt": "0.00000024", "completion": "0.00000096", "web_search":
          "0.01", "input_cache_read": "0.00000006", "input_cache_write_1h": "0.0000005", "internal_reasoning": "0",
          "overrides": [{"min_prompt_tokens": 200000, "prompt": "0.0000005"}]}},
        {"id": "openrouter/auto", "pricing": {"prompt": "-1", "completion": "-1"}},
        {"id": "a/b:free", "pricing": {"prompt": "0", "completion": "0"}},
        {"id": "a/n", "pricing": {"prompt": 0.1, "completion": "0.1"}},
        {"id": "a/r", "pricing": {"prompt": "0.1", "completion": "0.1", "request": "0.5"}}]}
      """)
    let price = try list.listings[0].onlyPrice
    #expect(price.rates == (try rates("0.24", "0.96", "0.06", nil, "0.5")))
    // From 200,000 on is above 199,999.
    #expect(
      price.tiers == [
        PriceTier(aboveInputTokens: 199_999, rates: try rates("0.5", "0.96", "0.06", nil, "0.5"))
      ])
    #expect(list.listings[1].fault == "prompt is negative: -1")
    #expect(list.listings[2].fault?.hasPrefix("is listed at no charge") == true)
    #expect(list.listings[3].fault == "prompt is no number in quotes")
    #expect(list.listings[4].fault == "also charges by the request, which the table cannot say")
  }

  @Test func llmPricesHaveDates() throws {
    let list = try list(
      .llmPrices,
      """
      {"prices": [
        {"id": "chat", "vendor": "deepseek", "input": 0.27, "output": 1.10, "input_cached": null,
         "from_date": "2025-02-08", "to_date": null},
        {"id": "chat", "vendor": "deepseek", "input": 0.14, "output": 0.28, "input_cached": 0.014,
         "from_date": null, "to_date": "2025-02-08"},
        {"id": "gone", "vendor": "deepseek", "input": 1, "output": 1, "from_date": null, "to_date": "2025-01-01"},
        {"id": "odd", "vendor": "deepseek", "input": 1, "output": 1, "from_date": "soon"}]}
      """)
    let chat = list.listings[0]
    #expect(chat.price(on: try day("2025-02-07"))?.rates == (try rates("0.14", "0.28", "0.014")))
    #expect(chat.price(on: try day("2025-02-08"))?.rates == (try rates("0.27", "1.1")))
    #expect(list.listings[1].price(on: try day("2026-01-01")) == nil)
    #expect(list.listings[2].fault == "from_date is no date")
  }

  /// Its base is the peak; hours and days outside it have the lower rates.
  @Test func litellmHasHoursAndDaysOfTheWeek() throws {
    func price(_ offPeak: String) throws -> Listing {
      let list = try list(
        .litellm,
        """
        {"m": {"litellm_provider": "p", "input_cost_per_token": 3e-07, "output_cost_per_token": 1.2e-06,
          "cache_read_input_token_cost": 6e-09, \(offPeak)}}
        """)
      return try #require(list.listings.first)
    }
    let price = try price(
      """
      "off_peak_pricing": {"input_cost_per_token": 1.5e-07, "output_cost_per_token": 6e-07,
        "cache_read_input_token_cost": 3e-09, "windows": [
        {"weekdays": [1, 2, 3, 4, 5], "hours_utc": ["00:00-01:00", "04:00-06:00", "10:00-00:00"]},
        {"weekdays": [6, 7], "hours_utc": "00:00-00:00"}]}
      """)
    let imported = try price.onlyPrice
    // The same as a base off-peak with the peak as windows, which is how the table has it.
    let peak = try rates("0.3", "1.2", "0.006")
    let entry = PriceEntry(
      from: 0, rates: try rates("0.15", "0.6", "0.003"),
      windows: ["01:00-04:00", "06:00-10:00"].compactMap { Times.span($0) }.map {
        PriceWindow(minutes: Times.week($0, on: Set(0...4)), rates: peak)
      })
    #expect(imported.isCovered(by: entry, from: .litellm))
    var weekend = entry
    weekend.windows = ["01:00-04:00", "06:00-10:00"].compactMap { Times.span($0) }.map {
      PriceWindow(minutes: Times.week($0, on: Set(0...6)), rates: peak)
    }
    #expect(!imported.isCovered(by: weekend, from: .litellm))
    for (text, reason) in [
      ("\"off_peak_pricing\": {\"windows\": []}", "has no windows"),
      ("\"off_peak_pricing\": {\"windows\": [{\"weekdays\": [8], \"hours_utc\": \"01:00-02:00\"}]}", "weekdays"),
      ("\"off_peak_pricing\": {\"windows\": [{\"hours_utc\": \"25:00-02:00\"}]}", "no span of hours"),
      ("\"off_peak_pricing\": {\"windows\": [{\"hours_local\": \"01:00-02:00\"}]}", "hours_local"),
      ("\"off_peak_pricing\": {\"discount\": 0.5, \"windows\": []}", "has discount"),
      ("\"night_pricing\": {\"input_cost_per_token\": 1e-07}", "has night_pricing"),
      ("\"regional_pricing\": [1]", "has regional_pricing"),
    ] {
      #expect(try self.price(text).contains(reason) == true, "\(text)")
    }
  }

  /// Why a model with a key more cannot be taken over.
  private func price(_ more: String) throws -> String {
    let list = try list(
      .litellm,
      #"{"m": {"litellm_provider": "p", "input_cost_per_token": 3e-07, "output_cost_per_token": 1e-06, "# + more + "}}")
    return list.listings.first?.fault ?? ""
  }

  @Test func genAIPricesHaveTiersDatesAndHours() throws {
    let text = """
      [{"id": "p", "pricing_urls": ["https://example.com"], "models": [
        {"id": "tiers", "prices": {"input_mtok": {"base": 3, "tiers": [{"start": 200000, "price": 6}]},
          "cache_write_mtok": 3.75, "cache_write_1h_mtok": 6, "output_mtok": {"base": 15, "tiers": [
            {"start": 200000, "price": 22.5}, {"start": 400000, "price": 30}]}, "web_searches_kcount": 10}},
        {"id": "hours", "prices": [{"prices": {"input_mtok": 0.14, "output_mtok": 0.28}},
          {"constraint": {"start_date": "2026-09-10"}, "prices": {"input_mtok": 0.15, "output_mtok": 0.6}},
          {"constraint": {"start_time": "22:00:00Z", "end_time": "04:00:00Z"},
           "prices": {"input_mtok": 0.3, "output_mtok": 1.2}}]},
        {"id": "free", "prices": {}}]}]
      """
    for text in [text, #"{"units": {}, "providers": "# + text + "}"] {
      let list = try list(.genAIPrices, text)
      let tiers = try list.listings[0].onlyPrice
      #expect(tiers.rates == (try rates("3", "15", nil, "3.75", "6")))
      #expect(
        tiers.tiers == [
          PriceTier(aboveInputTokens: 200_000, rates: try rates("6", "22.5", nil, "3.75", "6")),
          PriceTier(aboveInputTokens: 400_000, rates: try rates("6", "30", nil, "3.75", "6")),
        ])
      let before = try #require(list.listings[1].price(on: try day("2026-09-09")))
      let after = try #require(list.listings[1].price(on: try day("2026-09-10")))
      #expect(before.rates == (try rates("0.14", "0.28")))
      #expect(after.rates == (try rates("0.15", "0.6")))
      // Since when there are hours, the list does not say: the price before has none.
      #expect(before.windows.isEmpty && before.lacksHours)
      #expect(after.windows.map(\.words) == ["daily 22:00-04:00Z"] && !after.lacksHours)
      #expect(list.listings[2].fault == "has no input_mtok")
    }
  }

  @Test(arguments: [
    ("3e-06", "3"), ("0.0000024", "2.4"), ("3E-6", "3"), ("0.30e-5", "3"), ("1e-12", "0.000001"), ("0", "0"),
    ("0e-999", "0"), ("-0.0", "0"), ("1", "1000000"), ("000.000003", "3"),
  ])
  func numbersAreReadByTheirText(text: String, expected: String) throws {
    #expect(try Rate(number: text, .perToken).description == expected)
  }

  @Test(arguments: [
    ("9.499999999999999e-07", "finer than six decimals"), ("1e-13", "finer"), ("1e-9999", "finer"),
    ("1.0000001", "finer than six decimals"), ("2", "dearer than"), ("1e9999", "dearer than"),
    ("99999999999999999999999999999999999999999", "dearer"), ("-3e-06", "negative"), ("NaN", "no number"),
    ("Infinity", "no number"), ("-Infinity", "no number"), ("1e999999", "no number"), ("0x10", "no number"),
    ("1.", "no number"), ("", "no number"), ("１", "no number"),
  ])
  func oddNumbersAreRefused(text: String, reason: String) throws {
    // The seventh decimal of a million is the thirteenth of a token.
    let unit: RateUnit = text == "1.0000001" ? .perMillion : .perToken
    let fault = #expect(throws: ImportFault.self) { try Rate(number: text, unit) }
    #expect(fault?.description.contains(reason) == true)
  }

  @Test func oneBadModelCostsNoOther() throws {
    let list = try list(
      .litellm,
      """
      {"nan": {"litellm_provider": "p", "input_cost_per_token": NaN, "output_cost_per_token": 1e-06},
       "text": {"litellm_provider": "p", "input_cost_per_token": "3e-06", "output_cost_per_token": 1e-06},
       "minus": {"litellm_provider": "p", "input_cost_per_token": 1e-06, "output_cost_per_token": -Infinity},
       "array": {"litellm_provider": "p", "input_cost_per_token": [1], "output_cost_per_token": 1e-06},
       "none": {"litellm_provider": "p", "mode": "image_generation"}, "odd": 3,
       "fine": {"litellm_provider": "p", "input_cost_per_token": 1e-06, "output_cost_per_token": 2e-06}}
      """)
    #expect(list.listings.compactMap(\.fault).count == 5)
    #expect(list.listings.filter { $0.fault == nil }.map(\.key) == ["fine"])
  }

  @Test(arguments: [
    ("", "1:1: this is no JSON: the text ends too early"), ("{\"a\": 1,\n  }", "2:3: this is no JSON: a key"),
    ("[1 2]", "1:4: this is no JSON"), ("{} x", "1:4: this is no JSON: something follows"),
    ("\"a\u{1}\"", "1:3: this is no JSON: a control character"), ("\"\\ud800x\"", "this is no JSON: an escape"),
    ("\"\\u12", "an escape"), ("\"a", "a string does not end"), ("hello", "1:1: this is no JSON: no value"),
    (String(repeating: "[", count: 100_000), "nested deeper than 64"), ("[]", "no price list of litellm"),
    ("{}", "no price list of litellm"), ("{\"data\": [{\"id\": \"x\", \"pricing\": {}}]}", "no price list of litellm"),
  ])
  func whatIsNoListIsRefusedWithItsPlace(text: String, reason: String) {
    let fault = #expect(throws: ImportFault.self) { try list(.litellm, text) }
    #expect(fault?.description.contains(reason) == true, "\(fault?.description ?? "")")
    #expect(fault?.description.hasPrefix("list.json:") == true)
  }

  @Test func invalidUTF8IsRefused() {
    #expect(throws: ImportFault.self) { try PriceList([0x22, 0xFF, 0x22], of: .litellm, file: "f") }
  }

  @Test func stringsAreUnescaped() throws {
    let list = try list(
      .openRouter, #"{"data": [{"id": "\u00e9\ud83d\ude00\/\"\\\n", "pricing": {}}]}"#)
    #expect(list.listings.first?.key == "é😀/\"\\\n")
  }
}

/// A list of a project.
func list(_ source: PriceSource, _ text: String) throws -> PriceList {
  try PriceList(Array(text.utf8), of: source, file: "list.json")
}

/// A day.
func day(_ text: String) throws -> CivilDay { try #require(CivilDay(text)) }

extension Listing {
  /// The one price of a list without dates.
  var onlyPrice: ImportedPrice {
    get throws {
      let prices = try prices.get()
      #expect(prices.count == 1)
      return try #require(prices.first)
    }
  }

  /// Why it cannot be taken over.
  var fault: String? {
    if case .failure(let fault) = prices { fault.description } else { nil }
  }
}
