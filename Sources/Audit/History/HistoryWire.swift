import Foundation
import Model

/// A line whose version is checked before its other members are decoded.
struct VersionedWire: Decodable {
  let wire: HistoryWire

  private enum CodingKeys: String, CodingKey {
    case schemaVersion = "schema_version"
  }

  init(from decoder: any Decoder) throws {
    let version = try decoder.container(keyedBy: CodingKeys.self).decode(Int.self, forKey: .schemaVersion)
    guard version == HistoryRecord.schemaVersion else { throw HistoryLineProblem.version(version) }
    wire = try HistoryWire(from: decoder)
  }
}

/// The members of a line, as JSON holds them.
struct HistoryWire: Decodable {
  struct Model: Decodable {
    var provider: String
    var model: String
  }

  struct Tokens: Decodable {
    var input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning: Int64

    enum CodingKeys: String, CodingKey {
      case input, output, reasoning
      case cacheRead = "cache_read"
      case cacheWrite5m = "cache_write_5m"
      case cacheWrite1h = "cache_write_1h"
    }

    /// `nil` for what no count of tokens can be.
    var usage: TokenUsage? {
      let all = [input, cacheRead, cacheWrite5m, cacheWrite1h, output, reasoning]
      guard all.allSatisfy({ (0...Self.limit).contains($0) }) else { return nil }
      return TokenUsage(
        input: input, cacheRead: cacheRead, cacheWrite5m: cacheWrite5m, cacheWrite1h: cacheWrite1h, output: output,
        reasoning: reasoning)
    }

    /// Far above any real sum of a day, and so low that sums of millions of records cannot overflow.
    static let limit: Int64 = 1_000_000_000_000
  }

  struct Sources: Decodable {
    var upstream, router, client, estimated, unknown: Int

    func counts(failed: Int) -> RequestCounts? {
      guard [upstream, router, client, estimated, unknown, failed].allSatisfy((0...1_000_000_000_000).contains) else {
        return nil
      }
      return RequestCounts(
        upstream: upstream, router: router, client: client, estimated: estimated, unknown: unknown, failed: failed)
    }
  }

  struct Caching: Decodable {
    var cacheable, read5m, read1h: Int64

    enum CodingKeys: String, CodingKey {
      case cacheable
      case read5m = "read_5m"
      case read1h = "read_1h"
    }

    /// `nil` for what prompts of that many tokens cannot have held.
    func sums(of tokens: TokenUsage?) -> PromptCaching? {
      guard let prompt = tokens?.prompt, (0...prompt).contains(cacheable), (0...cacheable).contains(read5m),
        (0...cacheable).contains(read1h)
      else { return nil }
      return PromptCaching(cacheable: cacheable, read5m: read5m, read1h: read1h)
    }
  }

  struct Part: Decodable {
    var time: String
    var prompt: Int64
    var failed: Int
    var usageSources: Sources
    var tokens: Tokens
    var variant: CallVariant?
    var caching: Caching?
    var served: Int64?

    enum CodingKeys: String, CodingKey {
      case time, prompt, failed, tokens, variant, caching, served
      case usageSources = "usage_sources"
    }
  }

  var day, timezone, provider, model: String
  var scope, origin: String?
  var billing, plan, costUsd, baselineCostUsd, baselineCachedCostUsd, ratio: String?
  var requests, measured, failed, unpriced: Int
  /// Written where there are some.
  var webSearches: Int64?
  var tokens: Tokens
  var usageSources: Sources
  var baseline: Model
  var pricing, recordedAt: String
  var parts: [Part]

  enum CodingKeys: String, CodingKey {
    case day, timezone, scope, origin, provider, model, billing, plan, ratio, requests, measured, failed, unpriced,
      tokens, baseline
    case pricing, parts
    case webSearches = "web_searches"
    case costUsd = "cost_usd"
    case baselineCostUsd = "baseline_cost_usd"
    case baselineCachedCostUsd = "baseline_cached_cost_usd"
    case usageSources = "usage_sources"
    case recordedAt = "recorded_at"
  }
}

extension DecodingError.Context {
  var path: String {
    codingPath.filter { $0.intValue == nil }.map(\.stringValue).joined(separator: ".")
  }
}
