import Model

/// The numbers that stand in the ledger for what identifies a call: the same in every ledger, and no id can be had back
/// from them.
enum KeyHash {
  /// The same as `message.kin`.
  static func response(_ id: String) -> Int64 { StableHash.of("id", id) }

  static func header(_ id: String) -> Int64 { StableHash.of("header", id) }

  static func router(_ id: String) -> Int64 { StableHash.of("router", id) }
}

extension CallKeys {
  /// The keys that by themselves make two records one call. An answer's id that its maker uses again is none.
  var exact: [Int64] {
    [
      responseID.flatMap { Self.repeats($0) ? nil : KeyHash.response($0) }, requestIDHeader.map(KeyHash.header),
      routerCallID.map(KeyHash.router),
    ].compactMap(\.self)
  }
}
