import Crypto

/// SHA-256, and the keyed hash made of it, as swift-crypto has them. `StableHash` is for what nobody attacks.
package enum SecureHash {
  /// The SHA-256 of bytes, 32 bytes.
  package static func digest(_ message: [UInt8]) -> [UInt8] { Array(SHA256.hash(data: message)) }

  /// The SHA-256 of a text, as 64 lowercase hexadecimal digits.
  package static func hex(_ text: String) -> String { hex(digest(Array(text.utf8))) }

  /// Bytes as lowercase hexadecimal digits.
  package static func hex(_ bytes: some Sequence<UInt8>) -> String {
    bytes.map { $0.digits(2, radix: 16) }.joined()
  }

  /// The HMAC-SHA-256 of a message under a key, 32 bytes.
  package static func code(of message: [UInt8], key: [UInt8]) -> [UInt8] {
    Array(HMAC<SHA256>.authenticationCode(for: message, using: SymmetricKey(data: key)))
  }
}
