/// HMAC with SHA-256, after RFC 2104.
package enum HMAC {
  /// The code of a message under a key, 32 bytes.
  package static func sha256(key: [UInt8], _ message: some Sequence<UInt8>) -> [UInt8] {
    let short = key.count > 64 ? SHA256.digest(key) : key
    let block = short + [UInt8](repeating: 0, count: 64 - short.count)
    return SHA256.digest(block.map { $0 ^ 0x5C } + SHA256.digest(block.map { $0 ^ 0x36 } + Array(message)))
  }
}
