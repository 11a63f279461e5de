/// What sets the price of a call beside its provider, its model and its time.
///
/// The ledger keeps sums apart by it; reports still have one row for a provider's model.
package struct CallVariant: Hashable, Sendable, Codable {
  /// The host that was called, lower case, with its port where one was named, and after a slash the word of the path
  /// that tells a plan's endpoint from the general one (`api.z.ai/coding`); `nil` where the record does not say.
  package var host: String?
  /// The provider's faster mode (`fast`); `nil` for the usual one.
  package var speed: String?
  /// Where the model had to run (`inference_geo`: `us`); `nil` where the client did not ask.
  package var geo: String?
  /// The service tier (`priority`, `flex`); `nil` for the standard one.
  package var tier: String?
  /// Whether the call was part of a batch, which providers sell for less.
  package var isBatch: Bool
  /// Whether the prompt's total is measured, and which part of it a cache served is not.
  package var isSplitUnknown: Bool
  /// Whether the provider is inferred: only a client's record describes the call, and it names no provider.
  package var isAssumed: Bool

  /// A variant; what is not named is the usual.
  package init(
    host: String? = nil, speed: String? = nil, geo: String? = nil, tier: String? = nil, isBatch: Bool = false,
    isSplitUnknown: Bool = false, isAssumed: Bool = false
  ) {
    self.host = host
    self.speed = speed
    self.geo = geo
    self.tier = tier
    self.isBatch = isBatch
    self.isSplitUnknown = isSplitUnknown
    self.isAssumed = isAssumed
  }

  /// Nothing that is not the usual.
  package static let none = CallVariant()

  /// The modes of the call, by the names that pricing tables have for them.
  package var modes: [String] { [speed, geo, tier, isBatch ? "batch" : nil].compactMap(\.self) }

  /// The same call in no mode.
  package var withoutModes: CallVariant {
    CallVariant(host: host, isSplitUnknown: isSplitUnknown, isAssumed: isAssumed)
  }

  /// What sets the price alone, without what is said of the record.
  package var pricing: CallVariant {
    CallVariant(host: host, speed: speed, geo: geo, tier: tier, isBatch: isBatch)
  }

  /// A call elsewhere, in those of the modes that there are there.
  package func keeping(_ isKnown: (String) -> Bool) -> CallVariant {
    CallVariant(
      speed: speed.flatMap { isKnown($0) ? $0 : nil }, geo: geo.flatMap { isKnown($0) ? $0 : nil },
      tier: tier.flatMap { isKnown($0) ? $0 : nil }, isBatch: isBatch && isKnown("batch"))
  }

  /// What two records of one call say of it together: where both say something, this one.
  /// - Parameter other: whose host, modes and marks fill what this one leaves out. That a split is unknown, or a
  ///   provider assumed, is said of one record's tokens and names, so it is not taken over.
  package func filled(by other: CallVariant) -> CallVariant {
    CallVariant(
      host: host ?? other.host, speed: speed ?? other.speed, geo: geo ?? other.geo, tier: tier ?? other.tier,
      isBatch: isBatch || other.isBatch, isSplitUnknown: isSplitUnknown, isAssumed: isAssumed)
  }

  /// An order of its own, so that of two records of one call the same one counts whichever was read first.
  package static func precedes(_ left: CallVariant, _ right: CallVariant) -> Bool {
    func parts(_ variant: CallVariant) -> [String] {
      [
        variant.host ?? "", variant.speed ?? "", variant.geo ?? "", variant.tier ?? "", "\(variant.isBatch)",
        "\(variant.isSplitUnknown)", "\(variant.isAssumed)",
      ]
    }
    return parts(left).lexicographicallyPrecedes(parts(right))
  }

  private enum CodingKeys: String, CodingKey {
    case host, speed, geo, tier
    case isBatch = "batch"
    case isSplitUnknown = "split_unknown"
    case isAssumed = "assumed"
  }

  /// What an earlier version wrote down says less.
  package init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    self.init(
      host: try values.decodeIfPresent(String.self, forKey: .host),
      speed: try values.decodeIfPresent(String.self, forKey: .speed),
      geo: try values.decodeIfPresent(String.self, forKey: .geo),
      tier: try values.decodeIfPresent(String.self, forKey: .tier),
      isBatch: try values.decodeIfPresent(Bool.self, forKey: .isBatch) ?? false,
      isSplitUnknown: try values.decodeIfPresent(Bool.self, forKey: .isSplitUnknown) ?? false,
      isAssumed: try values.decodeIfPresent(Bool.self, forKey: .isAssumed) ?? false)
  }
}

// A request without a variant is written as one was before there were any.
extension KeyedDecodingContainer {
  func decode(_ type: CallVariant.Type, forKey key: Key) throws -> CallVariant {
    try decodeIfPresent(type, forKey: key) ?? .none
  }

  func decode(_ type: CallKeys.Type, forKey key: Key) throws -> CallKeys {
    try decodeIfPresent(type, forKey: key) ?? .none
  }
}

extension KeyedEncodingContainer {
  mutating func encode(_ variant: CallVariant, forKey key: Key) throws {
    try encodeIfPresent(variant == .none ? nil : variant, forKey: key)
  }

  mutating func encode(_ keys: CallKeys, forKey key: Key) throws {
    try encodeIfPresent(keys == .none ? nil : keys, forKey: key)
  }
}
