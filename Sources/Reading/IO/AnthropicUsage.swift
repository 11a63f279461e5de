import Model

/// The usage object of an Anthropic-style answer. Its classes of tokens do not overlap.
struct AnthropicUsage {
  private var counts = Counts()
  /// The calls that the answer was made of, where the object lists them.
  private var parts: [(model: String?, counts: Counts)] = []
  /// `fast`, where the answer was made at another speed than the usual one.
  private var speed: String?
  /// Where the provider promises to have made the answer.
  private var geo: String?
  /// The provider's service tier.
  private var tier: String?
  /// Searches of the web that the provider made for the answer: it bills them by the call.
  private(set) var webSearches: Int64 = 0
  private var isSound = true

  /// Reads the object that comes next.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if try counts.take(key, bytes, &cursor, isSound: &isSound) { continue }
      let start = key.lowerBound
      switch key.count {
      case 5 where bytes.holds("speed", at: start): speed = try Self.name(bytes, &cursor)
      case 13 where bytes.holds("inference_geo", at: start): geo = try Self.name(bytes, &cursor)
      case 12 where bytes.holds("service_tier", at: start): tier = try Self.name(bytes, &cursor)
      case 15 where bytes.holds("server_tool_use", at: start): try readServerTools(bytes, &cursor)
      case 10 where bytes.holds("iterations", at: start): try readIterations(bytes, &cursor)
      default: try cursor.skip(bytes)
      }
    }
  }

  /// What the object says of its model; `nil` where all is zero, which means that nobody counted.
  /// - Parameters:
  ///   - model: whose answer it is.
  ///   - wantsPrompt: whether an answer to a prompt of no tokens cannot be.
  ///   - isOpening: whether the answer goes on: its first figures can be a single token of output, and nothing else.
  /// - Throws: `AmbiguousCount` where a count cannot be.
  func tokens(
    of model: String? = nil, wantsPrompt: Bool = true, isOpening: Bool = false
  ) throws(AmbiguousCount) -> TokenUsage? {
    guard isSound else { throw AmbiguousCount() }
    var own = Counts()
    for part in parts where part.model.map({ Self.isSame($0, model) }) ?? true { own.add(part.counts) }
    let usage = counts.tokens.atLeast(own.tokens)
    if usage == .zero { return nil }
    guard wantsPrompt else { return usage }
    if usage.prompt == 0 {
      if isOpening, usage.output == 1 { return nil }
      throw AmbiguousCount()
    }
    // A count that is not there is not zero.
    if !counts.hasOutput, own.output == 0 { throw AmbiguousCount() }
    return usage
  }

  /// Whether two names are one model's: with and without the date of its making, or the mark of a long context.
  private static func isSame(_ one: String, _ other: String?) -> Bool {
    guard let other else { return false }
    let (short, long) = one.utf8.count < other.utf8.count ? (one, other) : (other, one)
    guard long.hasPrefix(short) else { return false }
    let rest = long.dropFirst(short.count)
    if rest.isEmpty || rest == "[1m]" { return true }
    let isDated = rest.hasPrefix("-") || rest.hasPrefix("@")
    return isDated && rest.count == 9 && rest.dropFirst().allSatisfy { ("0"..."9").contains($0) }
  }

  /// The counts that can be, where others cannot; `nil` where there is none.
  var known: TokenUsage? { counts.tokens == .zero ? nil : counts.tokens }

  /// What other models made for the answer, such as an adviser, call by call.
  func others(than model: String) -> [(model: String, tokens: TokenUsage)] {
    guard isSound else { return [] }
    return parts.compactMap { part in
      guard let other = part.model, !Self.isSame(other, model), part.counts.tokens != .zero else { return nil }
      return (other, part.counts.tokens)
    }
  }

  /// What sets the price beside the model: what the provider names as its usual way is left out.
  var variant: CallVariant { .reported(speed: speed, geo: geo, tier: tier) }

  /// How many calls an answer may be made of.
  private static let mostParts = 1000

  /// Counts that cannot be a request's.
  struct AmbiguousCount: Error {}

  /// The counts of one object.
  private struct Counts {
    var input: Int64 = 0
    var output: Int64 = 0
    var cacheRead: Int64 = 0
    var cacheWrite: Int64 = 0
    var cacheWrite5m: Int64 = 0
    var cacheWrite1h: Int64 = 0
    /// Whether the object counts the output at all.
    var hasOutput = false

    /// What the parts do not cover of the cache writes was written for five minutes: a client writes zeros for parts
    /// that the upstream did not name.
    var tokens: TokenUsage {
      TokenUsage(
        input: input, cacheRead: cacheRead, cacheWrite5m: max(cacheWrite - cacheWrite1h, cacheWrite5m),
        cacheWrite1h: cacheWrite1h, output: output)
    }

    mutating func add(_ other: Counts) {
      input += other.input
      output += other.output
      cacheRead += other.cacheRead
      cacheWrite += max(other.cacheWrite, other.cacheWrite5m + other.cacheWrite1h)
      cacheWrite5m += other.cacheWrite5m
      cacheWrite1h += other.cacheWrite1h
    }

    /// Takes the value of a key where it is a count.
    mutating func take(
      _ key: Range<Int>, _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, isSound: inout Bool
    ) throws(JSONFault) -> Bool {
      let start = key.lowerBound
      switch key.count {
      case 12 where bytes.holds("input_tokens", at: start):
        input = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 13 where bytes.holds("output_tokens", at: start):
        let count = try cursor.tokenCount(bytes, isSound: &isSound)
        (output, hasOutput) = (count ?? 0, count != nil)
      case 23 where bytes.holds("cache_read_input_tokens", at: start):
        cacheRead = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 27 where bytes.holds("cache_creation_input_tokens", at: start):
        cacheWrite = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      case 14 where bytes.holds("cache_creation", at: start):
        try readCacheCreation(bytes, &cursor, isSound: &isSound)
      default: return false
      }
      return true
    }

    private mutating func readCacheCreation(
      _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, isSound: inout Bool
    ) throws(JSONFault) {
      guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        if key.count == 25, bytes.holds("ephemeral_5m_input_tokens", at: key.lowerBound) {
          cacheWrite5m = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
        } else if key.count == 25, bytes.holds("ephemeral_1h_input_tokens", at: key.lowerBound) {
          cacheWrite1h = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
        } else {
          try cursor.skip(bytes)
        }
      }
    }
  }

  /// `[{"type":"message",…},{"type":"advisor_message","model":"…",…},{"type":"compaction",…}]`: the calls that an answer
  /// was made of. The object's own counts leave out compaction, and what another model made.
  private mutating func readIterations(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "[") else { return try cursor.skip(bytes) }
    try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
      guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
      var counts = Counts()
      var model: String?
      var isAdvice = false
      try cursor.enterObject(bytes)
      var first = true
      while let key = try cursor.key(bytes, first: first) {
        first = false
        if try counts.take(key, bytes, &cursor, isSound: &isSound) { continue }
        if key.count == 5, bytes.holds("model", at: key.lowerBound), try cursor.atString(bytes) {
          model = try cursor.text(bytes)
        } else if key.count == 4, bytes.holds("type", at: key.lowerBound) {
          isAdvice = try cursor.stringIfAny(bytes).map { bytes.holds("advisor", at: $0.lowerBound) } ?? false
        } else {
          try cursor.skip(bytes)
        }
      }
      // An adviser is another model, whether or not it is named.
      if isAdvice { model = model ?? "unknown" }
      if parts.count == Self.mostParts { isSound = false } else { parts.append((model, counts)) }
    }
  }

  private mutating func readServerTools(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    var isSound = true
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 19, bytes.holds("web_search_requests", at: key.lowerBound) {
        webSearches = try cursor.tokenCount(bytes, isSound: &isSound) ?? 0
      } else {
        try cursor.skip(bytes)
      }
    }
  }

  /// A short name; `nil` for anything else.
  private static func name(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> String? {
    guard let range = try cursor.stringIfAny(bytes), (1...64).contains(range.count) else { return nil }
    guard let name = bytes.string(range), name.utf8.allSatisfy({ (0x21...0x7E).contains($0) && $0 != 0x5C }) else {
      return nil
    }
    return name.lowercased()
  }
}

extension TokenUsage {
  /// The larger number of each class.
  fileprivate func atLeast(_ other: TokenUsage) -> TokenUsage {
    TokenUsage(
      input: max(input, other.input), cacheRead: max(cacheRead, other.cacheRead),
      cacheWrite5m: max(cacheWrite5m, other.cacheWrite5m), cacheWrite1h: max(cacheWrite1h, other.cacheWrite1h),
      output: max(output, other.output), reasoning: max(reasoning, other.reasoning))
  }
}

extension CallVariant {
  /// The modes that a provider reports of a call; what it names as its usual way is left out.
  static func reported(speed: String? = nil, geo: String? = nil, tier: String? = nil) -> CallVariant {
    func unless(_ usual: [String], _ name: String?) -> String? {
      name.flatMap { usual.contains($0.lowercased()) ? nil : $0.lowercased() }
    }
    return CallVariant(
      speed: unless(["standard", "normal", "default"], speed), geo: unless(["global", "not_available", "any"], geo),
      tier: unless(["standard", "default", "auto", "on_demand", "batch"], tier), isBatch: tier?.lowercased() == "batch")
  }
}
