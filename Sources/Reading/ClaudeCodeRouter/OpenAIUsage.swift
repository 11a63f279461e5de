/// The usage object of an OpenAI-style answer.
///
/// `prompt_tokens` includes what a cache served; providers name that part in one of three ways.
struct OpenAIUsage {
  private var prompt: Int64?
  private var completion: Int64?
  private var detailedCached: Int64?
  private var plainCached: Int64?
  private var reasoning: Int64 = 0
  private var isSound = true

  /// Reads the object that comes next.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      let start = key.lowerBound
      switch key.count {
      case 13 where bytes.holds("prompt_tokens", at: start): prompt = try cursor.tokenCount(bytes, isSound: &isSound)
      case 17 where bytes.holds("completion_tokens", at: start):
        completion = try cursor.tokenCount(bytes, isSound: &isSound)
      case 21 where bytes.holds("prompt_tokens_details", at: start):
        detailedCached = try member("cached_tokens", bytes, &cursor)
      case 25 where bytes.holds("completion_tokens_details", at: start):
        reasoning = try member("reasoning_tokens", bytes, &cursor) ?? 0
      case 13 where bytes.holds("cached_tokens", at: start),
        23 where bytes.holds("prompt_cache_hit_tokens", at: start):
        plainCached = try cursor.tokenCount(bytes, isSound: &isSound)
      default: try cursor.skip(bytes)
      }
    }
  }

  /// What the object says, as a fact; `nil` where it says nothing (all zero or absent means that nobody counted).
  /// - Throws: `SkipReason.badTokens` where a count cannot be.
  func event() throws(SkipReason) -> RequestFact.Event? {
    let cached = detailedCached ?? plainCached ?? 0
    let input = (prompt ?? 0) - cached
    guard isSound, input >= 0, reasoning <= completion ?? 0 else { throw .badTokens }
    guard let prompt, let completion, prompt > 0 || completion > 0 else { return nil }
    return .usage(input: input, cacheRead: cached, output: completion, reasoning: reasoning)
  }

  /// One count of an object that may be `null`.
  private mutating func member(
    _ name: StaticString, _ bytes: Span<UInt8>, _ cursor: inout JSONCursor
  ) throws(JSONFault) -> Int64? {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else {
      try cursor.skip(bytes)
      return nil
    }
    var found: Int64?
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == name.utf8CodeUnitCount, bytes.holds(name, at: key.lowerBound) {
        found = try cursor.tokenCount(bytes, isSound: &isSound)
      } else {
        try cursor.skip(bytes)
      }
    }
    return found
  }
}

/// What an OpenAI-style answer, or one chunk of a stream, says beside its text.
struct OpenAIAnswer {
  var usage: OpenAIUsage?
  var isError = false

  /// Reads an answer's object: its own keys only, so that nothing a model wrote can pass for usage.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      let isObject = try cursor.peek(bytes) == UInt8(ascii: "{")
      if isObject, key.count == 5, bytes.holds("usage", at: key.lowerBound) {
        usage = try OpenAIUsage(bytes, &cursor)
      } else {
        if isObject, key.count == 5, bytes.holds("error", at: key.lowerBound) { isError = true }
        try cursor.skip(bytes)
      }
    }
  }
}
