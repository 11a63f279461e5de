import BuiltInPrices
import Foundation
import Testing
import Model

@testable import Pricing
import TestSupport

/// What the real lists say of the models that the shipped table prices, and of some that it does not. The differences
/// are named in docs/pricing-import.md.
struct ImportRealTests {
  private static let today = CivilDay("2026-11-23") ?? CivilDay(number: 0)

  private func list(_ source: PriceSource, _ file: String) throws -> PriceList {
    let url = repository.appendingPathComponent("Tests/PricingTests/Imports/\(file)")
    return try PriceList(Array(Data(contentsOf: url)), of: source, file: file)
  }

  private func outcomes(_ list: PriceList, _ models: [String]) throws -> [String: String] {
    var table = try PriceImport(files: [], folder: "pricing", over: .builtIn)
    var outcomes: [String: String] = [:]
    for name in models {
      let model = try #require(ModelID(name))
      guard case .listing(let listing) = list.find(WantedModel(model), in: table.table) else {
        outcomes[name] = "not there"
        continue
      }
      do {
        switch try table.add(listing, of: list.source, to: model, today: Self.today, reach: .init()) {
        case .unchanged: outcomes[name] = "as in the table"
        case .added:
          let entry = try #require(table.table.models.first { $0.id == model }?.prices.last)
          let rates = try #require(entry.rates)
          let tiers = entry.tiers.map { ", above \($0.aboveInputTokens) \($0.rates.input)/\($0.rates.output)" }.joined()
          outcomes[name] =
            "\(CivilDay(utc: entry.from)): \(rates.input)/\(rates.output)/\(rates.cacheRead?.description ?? "-")"
            + "/\(rates.cacheWrite5m?.description ?? "-")\(tiers)\(entry.windows.isEmpty ? "" : ", peak")"
        }
      } catch let error as ImportFault {
        outcomes[name] = error.description
      }
    }
    return outcomes
  }

  private func expect(_ list: PriceList, _ expected: [String: String]) throws {
    let outcomes = try outcomes(list, Self.models)
    for model in Self.models { #expect(outcomes[model] == expected[model], "\(model)") }
  }

  private static let models = [
    "anthropic/claude-sonnet-4-5", "anthropic/claude-sonnet-4-6", "anthropic/claude-sonnet-5",
    "anthropic/claude-sonnet-5-5", "minimax/MiniMax-M2.7", "minimax/MiniMax-M2.5", "minimax/MiniMax-M2.1",
    "minimax/MiniMax-M2",
    "zai/glm-5", "zai/glm-5.1", "zai/glm-5.2", "zai/glm-5.3", "moonshot/kimi-k2.5", "moonshot/kimi-k2.6",
    "moonshot/kimi-k2.7-code", "deepseek/deepseek-v4-flash", "deepseek/deepseek-v4-pro",
    "openrouter/minimax/minimax-m2.7", "openrouter/qwen/qwen3-coder", "dashscope/qwen3-coder-plus",
  ]

  @Test func litellm() throws {
    let list = try list(.litellm, "litellm-1.109.1.json")
    try expect(
      list,
      [
        "anthropic/claude-sonnet-4-5": "as in the table",
        "anthropic/claude-sonnet-4-6": "as in the table",
        "anthropic/claude-sonnet-5": "as in the table",
        "anthropic/claude-sonnet-5-5": "as in the table",
        "minimax/MiniMax-M2.7": "not there",
        "minimax/MiniMax-M2.5": "as in the table",
        "minimax/MiniMax-M2.1": "as in the table",
        "minimax/MiniMax-M2": "as in the table",
        "zai/glm-5": "as in the table",
        "zai/glm-5.1": "as in the table",
        "zai/glm-5.2": "as in the table",
        "zai/glm-5.3": "as in the table",
        "moonshot/kimi-k2.5": "as in the table",
        "moonshot/kimi-k2.6": "as in the table",
        "moonshot/kimi-k2.7-code": "as in the table",
        "deepseek/deepseek-v4-flash": "has rates by the hour in the table, which litellm does not say for it",
        "deepseek/deepseek-v4-pro": "has rates by the hour in the table, which litellm does not say for it",
        "openrouter/minimax/minimax-m2.7": "not there",
        "openrouter/qwen/qwen3-coder": "not there",
        "dashscope/qwen3-coder-plus": "as in the table",
      ])
    // Written by a program that divided: 0.95 as 0.9499999999999999 a million, 8 ÷ 7 as 1.142857142857….
    for key in ["opencode_go/kimi-k2.7-code", "bigmodel/glm-5.3"] {
      let fault = list.listings.first { $0.key == key }?.fault
      #expect(fault?.contains("input_cost_per_token is finer than six decimals") == true)
    }
  }

  @Test func genAIPrices() throws {
    let list = try list(.genAIPrices, "genai-prices-0.2.3.json")
    try expect(
      list,
      [
        "anthropic/claude-sonnet-4-5": "2026-11-23: 3/15/0.3/3.75, above 200000 6/22.5",
        "anthropic/claude-sonnet-4-6": "as in the table",
        "anthropic/claude-sonnet-5": "as in the table",
        "anthropic/claude-sonnet-5-5": "as in the table",
        "minimax/MiniMax-M2.7": "as in the table",
        "minimax/MiniMax-M2.5": "not there",
        "minimax/MiniMax-M2.1": "not there",
        "minimax/MiniMax-M2": "as in the table",
        "zai/glm-5": "as in the table",
        "zai/glm-5.1": "as in the table",
        "zai/glm-5.2": "as in the table",
        "zai/glm-5.3": "as in the table",
        "moonshot/kimi-k2.5": "as in the table",
        "moonshot/kimi-k2.6": "as in the table",
        "moonshot/kimi-k2.7-code": "as in the table",
        "deepseek/deepseek-v4-flash": "as in the table",
        "deepseek/deepseek-v4-pro": "as in the table",
        "openrouter/minimax/minimax-m2.7": "as in the table",
        "openrouter/qwen/qwen3-coder": "as in the table",
        "dashscope/qwen3-coder-plus": "not there",
      ])
    #expect(list.listings.first { $0.key == "openrouter/moonshotai/kimi-k2.6:free" }?.fault == "has no input_mtok")
  }

  /// Cut off, with bytes changed or repeated, a list is refused or read; whatever it then says can be asked for.
  @Test(arguments: [(PriceSource.litellm, "litellm-1.109.1.json"), (.genAIPrices, "genai-prices-0.2.3.json")])
  func damagedListsDoNoHarm(source: PriceSource, file: String) throws {
    let url = repository.appendingPathComponent("Tests/PricingTests/Imports/\(file)")
    let whole = Array(try Data(contentsOf: url))
    let table = try PriceTable.load(files: [])
    var random = SeededGenerator(seed: 7)
    var (read, refused) = (0, 0)
    for _ in 0..<300 {
      var bytes = whole
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<bytes.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: bytes[place] = UInt8.random(in: 0...255, using: &random)
        case 1: bytes[place] = Array("0123456789eE+-.[]{}\",:\\uN".utf8).randomElement(using: &random) ?? 0
        case 2: bytes.insert(contentsOf: bytes[place...].prefix(40), at: place)
        default: if Bool.random(using: &random) { bytes = Array(bytes[..<max(place, 1)]) }
        }
      }
      do {
        let list = try PriceList(bytes, of: source, file: file)
        read += 1
        for listing in list.listings {
          if case .success(let prices) = listing.prices {
            #expect(prices.allSatisfy { $0.rates.output.picodollarsPerToken >= 0 })
          }
        }
        _ = list.find(WantedModel(ModelID(provider: "zai", model: "glm-5.3")), in: table)
      } catch {
        refused += 1
        #expect(error.description.hasPrefix(file))
      }
    }
    #expect(read > 20 && refused > 20)
  }

  @Test func otherNamesAreOffered() throws {
    let list = try list(.litellm, "litellm-1.109.1.json")
    let table = try PriceTable.load(files: [])
    let model = ModelID(provider: "minimax", model: "MiniMax-M2.7")
    guard case .elsewhere(let listings) = list.find(WantedModel(model), in: table) else {
      Issue.record("found at MiniMax itself")
      return
    }
    #expect(listings.map(\.key) == ["novita/minimax/minimax-m2.7", "together_ai/MiniMaxAI/MiniMax-M2.7"])
    guard
      case .listing(let chosen) = list.find(
        WantedModel(model, key: "together_ai/minimaxai/minimax-m2.7"), in: table)
    else {
      Issue.record("a name of the list does not choose")
      return
    }
    #expect(try chosen.onlyPrice.rates == rates("0.3", "1.2", "0.06"))
  }

  /// An exact name comes before one with a date, and the point and the dash of a version are one.
  @Test func spellingsFollowTheTable() throws {
    let list = try list(.litellm, "litellm-1.109.1.json")
    let table = try PriceTable.load(files: [])
    for (name, key) in [
      ("anthropic/claude-sonnet-4.5", "claude-sonnet-4-5"), ("zai/GLM-5.3", "zai/glm-5.3"),
      ("deepseek/deepseek-v4-flash", "deepseek-v4-flash"), ("minimax/minimax-m2.5", "minimax/MiniMax-M2.5"),
      ("moonshotai/kimi-k2.6", "moonshot/kimi-k2.6"),
    ] {
      guard case .listing(let listing) = list.find(WantedModel(try #require(ModelID(name))), in: table) else {
        Issue.record("\(name) is not found")
        continue
      }
      #expect(listing.key == key)
    }
  }
}
