extension String {
  /// Whether a text looks like a key to a provider, or holds one: such a text is neither shown nor kept. Names of models
  /// and titles of columns have no such part.
  package var looksLikeKey: Bool {
    let parts = utf8.split { !($0.isKeyLetter || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_")) }
    return parts.contains { part in
      func begins(_ mark: String) -> Bool { part.starts(with: mark.utf8) }
      if begins("sk-") || begins("sk_") { return true }
      if part.count >= 20, Self.keyPrefixes.contains(where: begins) { return true }
      // Digits and letters in one run, longer than any name.
      return part.split { !$0.isKeyLetter }.contains { run in
        run.count >= 24 && run.contains(where: \.isDigit) && !run.allSatisfy(\.isDigit)
      }
    }
  }

  /// How keys of the better known providers, and tokens of the web (JWT), begin.
  private static let keyPrefixes = ["gsk_", "AIza", "xai-", "pplx-", "hf_", "nvapi-", "csk-", "eyJ", "r8_"]

  /// Whether it is short and plain enough to be the name of a key, which people choose.
  var isNameOfKey: Bool {
    let isLong =
      utf8.count >= 32 && utf8.allSatisfy { $0.isKeyLetter || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "_") }
    return !isLong && !looksLikeKey && !lowercased().hasPrefix("bearer ")
  }
}

extension UInt8 {
  fileprivate var isDigit: Bool { (0x30...0x39).contains(self) }
  fileprivate var isKeyLetter: Bool { isDigit || (0x41...0x5a).contains(self & 0xdf) }
}
