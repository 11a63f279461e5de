package import Foundation

/// The prices of `RequestLog`, and a second reckoning of them that shares no code with the program.
package enum PriceList {
  /// What requests are compared with; `report --baseline` names it.
  package static let baseline = "bench-base/base"

  /// Writes the prices as files of a pricing folder.
  package static func write(to folder: URL) throws {
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    for (provider, models) in Dictionary(grouping: models, by: \.provider) {
      let text = "provider: \(provider)\nmodels:\n" + models.map(\.yaml).joined()
      try Data(text.utf8).write(to: folder.appending(path: "\(provider).yaml"))
    }
    let base = Model(
      provider: "bench-base", name: "base", entries: [Entry(0, "2020-01-01", Rates(3_000_000, 15_000_000, 300_000))])
    try Data("provider: bench-base\nmodels:\n\(base.yaml)".utf8).write(to: folder.appending(path: "bench-base.yaml"))
  }

  /// Micro-dollars per million tokens, which is picodollars a token.
  struct Rates {
    var input: Int
    var output: Int
    var cacheRead: Int

    init(_ input: Int, _ output: Int, _ cacheRead: Int) {
      (self.input, self.output, self.cacheRead) = (input, output, cacheRead)
    }

    fileprivate var yaml: String {
      func text(_ rate: Int) -> String {
        "\"\(rate / 1_000_000).\(String(String(1_000_000 + rate % 1_000_000).dropFirst()))\""
      }
      return "input: \(text(input)), output: \(text(output)), cache_read: \(text(cacheRead))"
    }
  }

  struct Entry {
    /// Epoch milliseconds.
    var from: Int
    /// The same as a date.
    var date: String
    var rates: Rates
    var tier: (above: Int, rates: Rates)?
    /// From 01:00 to 04:00 UTC, Monday to Friday.
    var peak: Rates?

    init(
      _ from: Int, _ date: String, _ rates: Rates, tier: (above: Int, rates: Rates)? = nil, peak: Rates? = nil
    ) {
      (self.from, self.date, self.rates, self.tier, self.peak) = (from, date, rates, tier, peak)
    }
  }

  struct Model {
    var provider: String
    var name: String
    var entries: [Entry]

    /// Picodollars.
    func cost(_ tokens: Figures, at time: Int) -> Int128? {
      guard let entry = entries.last(where: { $0.from <= time }) else { return nil }
      var rates = entry.rates
      if let tier = entry.tier, tokens.input + tokens.cacheRead > tier.above { rates = tier.rates }
      let hour = time / 3_600_000 % 24
      // 1970-01-01 was a Thursday; Monday is 0.
      let weekday = (time / 86_400_000 + 3) % 7
      if let peak = entry.peak, (1..<4).contains(hour), weekday < 5 { rates = peak }
      return Int128(tokens.input) * Int128(rates.input) + Int128(tokens.cacheRead) * Int128(rates.cacheRead)
        + Int128(tokens.output) * Int128(rates.output)
    }

    fileprivate var yaml: String {
      var text = "  - model: \(name)\n    prices:\n"
      for entry in entries {
        text += "      - from: \(entry.date)\n"
        text += entry.rates.yaml.split(separator: ", ").map { "        \($0)\n" }.joined()
        if let tier = entry.tier {
          text += "        tiers: [{above_input_tokens: \(tier.above), \(tier.rates.yaml)}]\n"
        }
        if let peak = entry.peak { text += "        windows: [{utc: \"01:00-04:00\", days: mon-fri, \(peak.yaml)}]\n" }
        text += "        source: https://example.com/prices\n        verified: 2026-06-24\n"
      }
      return text
    }
  }

  private static let long = 200_000
  /// 2024-02-01, 2025-07-15 and 2026-03-20, epoch milliseconds.
  private static let dates = [1_706_745_600_000, 1_752_537_600_000, 1_773_964_800_000]

  static let models: [Model] = [
    Model(provider: "bench-a", name: "flat", entries: [Entry(0, "2020-01-01", Rates(1_400_000, 4_400_000, 260_000))]),
    Model(
      provider: "bench-a", name: "dated",
      entries: [
        Entry(0, "2020-01-01", Rates(300_000, 1_200_000, 60_000)),
        Entry(dates[0], "2024-02-01", Rates(240_000, 960_000, 60_000)),
        Entry(dates[2], "2026-03-20", Rates(200_000, 800_000, 50_000)),
      ]),
    Model(
      provider: "bench-b", name: "tiered",
      entries: [
        Entry(
          0, "2020-01-01", Rates(2_000_000, 10_000_000, 200_000), tier: (long, Rates(4_000_000, 15_000_000, 400_000)))
      ]),
    Model(
      provider: "bench-b", name: "tiered-once",
      entries: [
        Entry(
          0, "2020-01-01", Rates(3_000_000, 15_000_000, 300_000), tier: (long, Rates(6_000_000, 22_500_000, 600_000))),
        Entry(dates[2], "2026-03-20", Rates(3_000_000, 15_000_000, 300_000)),
      ]),
    Model(
      provider: "bench-c", name: "peak",
      entries: [
        Entry(0, "2020-01-01", Rates(140_000, 280_000, 2_800)),
        Entry(dates[1], "2025-07-15", Rates(150_000, 600_000, 3_000), peak: Rates(300_000, 1_200_000, 6_000)),
      ]),
    Model(provider: "bench-c", name: "small", entries: [Entry(0, "2020-01-01", Rates(50_000, 100_000, 10_000))]),
    Model(provider: "bench-d", name: "dear", entries: [Entry(0, "2020-01-01", Rates(5_000_000, 25_000_000, 500_000))]),
  ]
}
