import Model
import Testing

@testable import Pricing

struct VersionTests {
  private static let one = """
    provider: p
    aliases: [q, r]
    models:
      - model: m
        aliases: [x, y]
        prices:
          - {from: 2026-01-01, input: "0.30", output: "1", source: s, verified: 2026-01-01}
          - from: 2026-02-01
            input: "2"
            output: "3"
            cache_read: "0.5"
            tiers: [{above_input_tokens: 10, input: "4", output: "6", cache_read: "1"}]
            source: s
            verified: 2026-01-01
      - {model: n, billing: free}
    """
  private static let two = """
    provider: o
    plans:
      - plan: a
        kind: subscription
        models: [k, p/j]
        fees: [{from: 2026-01-01, monthly: "20", source: s, verified: 2026-01-01}]
    """

  @Test func theSameFactsHaveTheSameVersion() throws {
    let version = try table(Self.one, Self.two).version
    #expect(version.count == 64)
    #expect(try table(Self.two, Self.one).version == version)
    let reordered = """
      # A comment.
      models:
        - {billing: free, model: n}
        - prices:
            - verified: 2026-01-01
              source: 's'
              output: 1.000   # no quotes
              input: 0.3
              from: "2026-01-01T00:00:00Z"
            - {output: "3.00", input: 2, from: 2026-02-01, source: s, cache_read: "0.50", verified: 2026-01-01,
               tiers: [{output: 6, cache_read: "1", input: "4.0", above_input_tokens: 10}]}
          aliases:
            - y
            - x
          model: m
      aliases: [r, q]
      provider: p
      """
    let renamed = try PriceTable.load(files: [
      PricingFile(name: "z", text: reordered),
      PricingFile(name: "a", text: Self.two.replacing("[k, p/j]", with: "[q/j, o/k]")),
    ])
    #expect(renamed.version == version)
  }

  @Test(arguments: [
    ("0.30", "0.31"), ("2026-02-01", "2026-02-02"), ("[x, y]", "[x, z]"), ("[q, r]", "[q]"), ("model: m", "model: M"),
    ("above_input_tokens: 10", "above_input_tokens: 11"),
    ("billing: free", "prices: [{from: 2026-01-01, input: 0, output: 0}]"),
    ("source: s", "source: t"), ("cache_read: \"0.5\"", "cache_write_5m: \"0.5\""),
    ("verified: 2026-01-01", "verified: 2026-01-02"), ("input: \"2\"", "input: \"3\""),
  ])
  func otherFactsHaveAnother(old: String, new: String) throws {
    var changed = Self.one.replacing(old, with: new, maxReplacements: 1)
    if new.hasPrefix("cache_write") { changed = changed.replacing("cache_read: \"1\"", with: "cache_write_5m: \"1\"") }
    #expect(changed != Self.one)
    #expect(try table(changed, Self.two).version != (try table(Self.one, Self.two).version))
  }
}
