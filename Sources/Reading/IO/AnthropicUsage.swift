import Model

/// The usage object of an Anthropic-style answer. Its classes of tokens do not overlap.
struct AnthropicUsage {
  private var input: Int64 = 0
  private var output: Int64 = 0
  private var cacheRead: Int64 = 0
  private var cacheWrite: Int64 = 0
  private var cacheWrite5m: Int64?
  private var cacheWrite1h: Int64?
  private var isSound = true

  /// Reads the object that comes next.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      let start = key.lowerBound
      switch key.count {
      case 12 where bytes.holds("input_tokens", at: start): input = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 13 where bytes.holds("output_tokens", at: start):
        output = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 23 where bytes.holds("cache_read_input_tokens", at: start):
        cacheRead = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 27 where bytes.holds("cache_creation_input_tokens", at: start):
        cacheWrite = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 14 where bytes.holds("cache_creation", at: start): try readCacheCreation(bytes, &cursor)
      default: try cursor.skip(bytes)
      }
    }
  }

  /// What the object says; `nil` where all is zero, which means that nobody counted.
  /// - Throws: `SkipReason.badTokens` where a count cannot be.
  func tokens() throws(SkipReason) -> TokenUsage? {
    guard isSound else { throw .badTokens }
    let isSplit = cacheWrite5m != nil || cacheWrite1h != nil
    let usage = TokenUsage(
      input: input, cacheRead: cacheRead, cacheWrite5m: isSplit ? cacheWrite5m ?? 0 : cacheWrite,
      cacheWrite1h: cacheWrite1h ?? 0, output: output)
    return usage == .zero ? nil : usage
  }

  private mutating func readCacheCreation(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      guard key.count == 25 else {
        try cursor.skip(bytes)
        continue
      }
      if bytes.holds("ephemeral_5m_input_tokens", at: key.lowerBound) {
        cacheWrite5m = try cursor.tokenCount(bytes, isSound: &isSound)
      } else if bytes.holds("ephemeral_1h_input_tokens", at: key.lowerBound) {
        cacheWrite1h = try cursor.tokenCount(bytes, isSound: &isSound)
      } else {
        try cursor.skip(bytes)
      }
    }
  }
}
