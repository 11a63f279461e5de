import Model

/// Names in logs are of any length; those of models, sessions, hosts and projects are short.
extension String {
  /// The longest name that the ledger keeps whole, bytes of UTF-8.
  static let longestName = 512

  /// The name as the ledger keeps it: a longer one is its beginning and a hash of all of it, so that two stay two.
  var boundedName: String {
    guard utf8.count > Self.longestName else { return self }
    // Scalar by scalar: one character may have a megabyte of combining marks.
    var (kept, bytes) = (String.UnicodeScalarView(), 0)
    for scalar in unicodeScalars {
      bytes += UTF8.width(scalar)
      guard bytes <= Self.longestName / 2 else { break }
      kept.append(scalar)
    }
    return "\(String(kept))…\(StableHash.hexadecimal(self))"
  }
}
