import Foundation
import Testing
import Model

@testable import Pricing

/// Our costs beside those of two calculators that others wrote (PyPI: genai-prices, litellm), 24,000 of 160 models.
/// `Oracles/compare.py` made the files, and says how.
struct OracleTests {
  private struct Vector {
    var model: ModelID
    var time: Int64
    var usage: TokenUsage
    var theirs: String
  }

  private static let folder = repository.appendingPathComponent("Tests/PricingTests/Oracles")

  private static func table(_ name: String) throws -> PriceTable {
    let text = try String(contentsOf: folder.appendingPathComponent("\(name).yaml"), encoding: .utf8)
    return try PriceTable.load(files: [PricingFile(name: "\(name).yaml", text: text)])
  }

  private static func vectors(_ name: String) throws -> [Vector] {
    let text = try String(contentsOf: folder.appendingPathComponent("\(name).csv"), encoding: .utf8)
    var model = ModelID(provider: name, model: "")
    return try text.split(separator: "\n").compactMap { line in
      guard !line.hasPrefix("# ") else {
        model = ModelID(provider: name, model: String(line.dropFirst(2)))
        return nil
      }
      let fields = line.split(separator: ",")
      let numbers = try fields.dropLast().map { try #require(Int64($0)) }
      return Vector(
        model: model, time: numbers[0] * 1000,
        usage: TokenUsage(
          input: numbers[1], cacheRead: numbers[2], cacheWrite5m: numbers[3], cacheWrite1h: numbers[4],
          output: numbers[5]),
        theirs: String(try #require(fields.last)))
    }
  }

  private static func cost(_ vector: Vector, _ table: PriceTable) -> Money? {
    switch table.answer(for: vector.model, at: vector.time, prompt: vector.usage.prompt) {
    case .perToken(let price): price.rates.cost(of: vector.usage)
    case .free: .zero
    case .plan, .unpriced: nil
    }
  }

  /// It computes with decimals: every cost is equal to the last digit, with tiers, hours and dates.
  @Test func equalsGenAIPrices() throws {
    let table = try Self.table("genai-prices")
    let vectors = try Self.vectors("genai-prices")
    #expect(vectors.count == 12_000)
    #expect(Set(vectors.map(\.model)).count == 80)
    #expect(table.models.contains { !($0.prices.first?.windows.isEmpty ?? true) })
    #expect(table.models.count { $0.prices.count > 1 } > 20)
    for vector in vectors {
      let cost = Self.cost(vector, table)
      #expect(cost?.description == vector.theirs, "\(vector)")
    }
  }

  /// It computes with binary floating point: most costs are equal to the last digit, the others differ by what a dozen
  /// roundings of 2^-53 add up to. And it begins xAI's tier at the limit itself, where all others begin above it.
  @Test func equalsLiteLLMButForItsFloats() throws {
    let table = try Self.table("litellm")
    let vectors = try Self.vectors("litellm")
    #expect(vectors.count == 12_000)
    #expect(Set(vectors.map(\.model)).count == 80)
    #expect(table.models.contains { !($0.prices.first?.tiers.isEmpty ?? true) })
    let limits = Set(table.grain.promptLimits)
    var (floats, inclusive) = (0, 0)
    for vector in vectors {
      var cost = try #require(Self.cost(vector, table))
      if vector.model.model.hasPrefix("xai/"), limits.contains(vector.usage.prompt),
        case .perToken(let price) = table.answer(
          for: vector.model, at: vector.time, prompt: vector.usage.prompt + 1)
      {
        inclusive += 1
        cost = price.rates.cost(of: vector.usage)
      }
      let theirs = try #require(Double(vector.theirs))
      let ours = try #require(Double(cost.description))
      if ours == theirs { continue }
      floats += 1
      #expect(abs(ours - theirs) <= 12 * 0x1p-53 * ours, "\(vector): \(cost)")
    }
    #expect(floats < 5000)
    #expect((1..<100).contains(inclusive))
  }
}
