import Model
import Testing

@testable import Pricing

struct VersionTests {
  @Test(arguments: [
    // FIPS 180-4 examples, and a message that fills its block to the last byte before the length.
    ("", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ("abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
    (
      "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
      "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"
    ),
    (String(repeating: "a", count: 1_000_000), "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
    (String(repeating: "a", count: 55), "9f4390f8d30c2dd92ec9f095b65e2b9ae9b0a925a5258e241c9f1e910f734318"),
    (String(repeating: "a", count: 64), "ffe054fe7ae0cb6dc65c3af9b61d5209f439851db43d0ba5997337df154668eb"),
  ])
  func sha256(message: String, digest: String) { #expect(SHA256.hex(message.utf8) == digest) }

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
