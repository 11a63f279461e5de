import Foundation
import Pricing
import Model

extension HistoryRecord {
  /// The version of the records' shape.
  package static let schemaVersion = 1

  /// The record as a line of JSON Lines, without the line's end: fixed order of members, money as exact decimals.
  package var line: String {
    let counts = counts
    let searches: [(String, JSONText)] = webSearches > 0 ? [("web_searches", .integer(Int128(webSearches)))] : []
    let members: [(String, JSONText)] = [
      ("schema_version", .count(Self.schemaVersion)),
      ("day", .string(day.description)),
      ("timezone", .string(timeZone)),
      ("scope", .string(scope.rawValue)),
      ("origin", .text(origin)),
      ("provider", .string(model.provider)),
      ("model", .string(model.model)),
      ("billing", .text(billing.word)),
      ("plan", .text(billing.plan)),
      ("requests", .count(counts.requests)),
      ("measured", .count(counts.measured)),
      ("failed", .count(counts.failed)),
      ("unpriced", .count(unpriced)),
      ("tokens", .tokens(tokens)),
      ("usage_sources", .usageSources(counts)),
    ]
    return JSONText.object(
      members + searches + [
        ("cost_usd", .money(cost)),
        ("baseline_cost_usd", .money(baselineCost)),
        ("ratio", .ratio(ratio)),
        ("baseline_cached_cost_usd", .money(baselineCachedCost)),
        ("baseline", .object([("provider", .string(baseline.provider)), ("model", .string(baseline.model))])),
        ("pricing", .string(pricingVersion)),
        ("recorded_at", .string(ISOTime.text(recordedAt))),
        (
          "parts",
          .array(
            parts.map { part in
              .object(
                [
                  ("time", .string(ISOTime.text(part.time))), ("prompt", .count(part.prompt)),
                  ("failed", .count(part.counts.failed)), ("usage_sources", .usageSources(part.counts)),
                  ("tokens", .tokens(part.tokens)),
                ] + part.cachingMembers + part.variant.members)
            })
        ),
      ]
    ).line
  }

  /// Reads a line that `line` wrote. Members that are not known are left alone: newer programs may add some.
  init(line: String) throws(HistoryLineProblem) {
    let wire: HistoryWire
    do {
      wire = try JSONDecoder().decode(VersionedWire.self, from: Data(line.utf8)).wire
    } catch let problem as HistoryLineProblem {
      throw problem
    } catch let DecodingError.keyNotFound(key, _) {
      throw .member(key.stringValue)
    } catch let DecodingError.typeMismatch(_, context) {
      throw .member(context.path)
    } catch let DecodingError.valueNotFound(_, context) {
      throw .member(context.path)
    } catch let DecodingError.dataCorrupted(context) where !context.codingPath.isEmpty {
      throw .member(context.path)
    } catch {
      throw .notJSON
    }
    try self.init(wire)
  }

  private init(_ wire: HistoryWire) throws(HistoryLineProblem) {
    func required<Value>(_ member: String, _ value: Value?) throws(HistoryLineProblem) -> Value {
      guard let value else { throw .member(member) }
      return value
    }
    func optional<Raw, Value>(
      _ member: String, _ raw: Raw?, _ read: (Raw) -> Value?
    ) throws(HistoryLineProblem) -> Value? {
      guard let raw else { return nil }
      return try required(member, read(raw))
    }
    var parts: [Part] = []
    for part in wire.parts {
      parts.append(
        Part(
          time: try required("parts.time", ISOTime.read(part.time)), prompt: part.prompt,
          counts: try required("parts.usage_sources", part.usageSources.counts(failed: part.failed)),
          tokens: try required("parts.tokens", part.tokens.usage), variant: part.variant ?? .none,
          caching: try optional("parts.caching", part.caching) { $0.sums(of: part.tokens.usage) },
          served: try optional("parts.served", part.served) { (0...part.tokens.input).contains($0) ? $0 : nil }))
    }
    let billing: Billing? =
      switch (wire.billing, wire.plan) {
      case (nil, nil): .unpriced
      case ("per_token", nil): .perToken
      case ("free", nil): .free
      case (let word?, let plan?): PlanKind(rawValue: word).map { .plan(plan, $0) }
      default: nil
      }
    self.init(
      day: try required("day", CivilDay(wire.day)), timeZone: TimeZone.ianaName(wire.timezone),
      scope: try required("scope", Self.scope(wire.scope)),
      origin: try optional("origin", wire.origin) { Self.isOrigin($0) ? $0 : nil },
      model: ModelID(provider: wire.provider, model: wire.model), billing: try required("billing", billing),
      cost: try optional("cost_usd", wire.costUsd, Money.init(decimal:)),
      baselineCost: try optional("baseline_cost_usd", wire.baselineCostUsd, Money.init(decimal:)),
      ratio: try optional("ratio", wire.ratio, Ratio.init(decimal:)),
      baselineCachedCost: try optional("baseline_cached_cost_usd", wire.baselineCachedCostUsd, Money.init(decimal:)),
      unpriced: wire.unpriced,
      webSearches: try optional("web_searches", wire.webSearches) { $0 >= 0 ? $0 : nil } ?? 0,
      baseline: ModelID(provider: wire.baseline.provider, model: wire.baseline.model),
      pricingVersion: wire.pricing, recordedAt: try required("recorded_at", ISOTime.read(wire.recordedAt)),
      parts: parts)
    // The sums stand beside their parts for people and for other programs; a record edited by hand is refused.
    guard !parts.isEmpty else { throw .member("parts") }
    guard tokens == wire.tokens.usage else { throw .sum("tokens") }
    guard counts == wire.usageSources.counts(failed: wire.failed), counts.requests == wire.requests,
      counts.measured == wire.measured
    else { throw .sum("requests") }
  }
}

extension HistoryRecord.Part {
  /// The members on caches; none for what nobody worked out.
  fileprivate var cachingMembers: [(String, JSONText)] {
    let caching = caching.map { caching in
      JSONText.object([
        ("cacheable", .count(caching.cacheable)), ("read_5m", .count(caching.read5m)),
        ("read_1h", .count(caching.read1h)),
      ])
    }
    return [("caching", caching), ("served", served.map { .count($0) })].compactMap { name, value in
      value.map { (name, $0) }
    }
  }
}

extension CallVariant {
  /// The member of a part; none for the usual.
  fileprivate var members: [(String, JSONText)] {
    guard self != .none else { return [] }
    let texts = [("host", host), ("speed", speed), ("geo", geo), ("tier", tier)]
    let marks = [("batch", isBatch), ("split_unknown", isSplitUnknown), ("assumed", isAssumed)]
    return [
      (
        "variant",
        .object(
          texts.compactMap { name, text in text.map { (name, JSONText.string($0)) } }
            + marks.filter(\.1).map { ($0.0, .bool(true)) })
      )
    ]
  }
}

extension HistoryRecord {
  /// Whether a text can name an origin: letters, digits, dots, hyphens and underscores, at most 64, so that it can be
  /// the name of a file.
  package static func isOrigin(_ text: String) -> Bool {
    (1...64).contains(text.utf8.count) && !text.hasPrefix(".")
      && text.utf8.allSatisfy {
        switch $0 {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "."), UInt8(ascii: "-"), UInt8(ascii: "_"):
          true
        default: false
        }
      }
  }

  /// Records of programs that knew no scopes are of routed traffic.
  fileprivate static func scope(_ text: String?) -> TrafficScope? {
    guard let text else { return .routed }
    return TrafficScope(rawValue: text).flatMap { $0 == .all ? nil : $0 }
  }
}
