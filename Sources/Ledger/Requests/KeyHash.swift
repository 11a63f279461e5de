import Model

/// Hashes that stand in the ledger for the ids of calls: the same in every ledger. An id cannot be computed from its
/// hash.
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
