import Model

/// The usage object of an answer in one of the shapes that OpenAI-compatible upstreams, Gemini and the Responses API
/// give it. What a cache served and what was written to one stands inside the prompt, under one of many names.
struct OpenAIUsage {
  private var prompt: Int64?
  private var completion: Int64?
  private var total: Int64?
  /// Inside the details of the prompt, which are the provider's own.
  private var detailedRead: Int64?
  private var detailedWrite: Int64?
  /// Beside the prompt, under names of single providers.
  private var plainRead: Int64?
  private var plainWrite: Int64?
  /// Parts of what was written, by how long it stays.
  private var write5m: Int64 = 0
  private var write1h: Int64 = 0
  private var miss: Int64?
  private var reasoning: Int64 = 0
  /// Prompt tokens that Gemini counts apart: those of tools that it ran itself.
  private var toolPrompt: Int64 = 0
  /// The prompt under Anthropic's name, beside which its caches stand.
  private var anthropicPrompt: Int64?
  private var isGemini = false
  private var isSound = true

  /// Nothing.
  init() {}

  /// Reads the object that comes next.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if try !take(key, bytes, &cursor) { try cursor.skip(bytes) }
    }
  }

  /// Takes the value of a key where it is a count.
  mutating func take(
    _ key: Range<Int>, _ bytes: Span<UInt8>, _ cursor: inout JSONCursor
  ) throws(JSONFault) -> Bool {
    switch Name.named(bytes, key) {
    case .prompt: prompt = try larger(bytes, &cursor, prompt)
    case .input: anthropicPrompt = try larger(bytes, &cursor, anthropicPrompt)
    case .completion: completion = try larger(bytes, &cursor, completion)
    case .total: total = try count(bytes, &cursor)
    case .read: plainRead = try larger(bytes, &cursor, plainRead)
    case .write: plainWrite = try larger(bytes, &cursor, plainWrite)
    case .write5m: write5m = max(write5m, try count(bytes, &cursor) ?? 0)
    case .write1h: write1h = max(write1h, try count(bytes, &cursor) ?? 0)
    case .miss: miss = try count(bytes, &cursor)
    case .reasoning: reasoning = try count(bytes, &cursor) ?? reasoning
    case .thoughts:
      reasoning = try count(bytes, &cursor) ?? reasoning
      isGemini = true
    case .toolPrompt: toolPrompt = try count(bytes, &cursor) ?? 0
    case .promptDetails: try readDetails(bytes, &cursor)
    case .completionDetails: try readDetails(bytes, &cursor)
    case .writeDetails: try readWriteDetails(bytes, &cursor)
    case nil: return false
    }
    return true
  }

  private mutating func count(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int64? {
    try cursor.tokenCount(bytes, isSound: &isSound)
  }

  /// A count that can stand under several names, of which all but one may be zero.
  private mutating func larger(
    _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, _ known: Int64?
  ) throws(JSONFault) -> Int64? {
    let found = try count(bytes, &cursor)
    guard let known, let found else { return found ?? known }
    return max(known, found)
  }

  private mutating func readDetails(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      switch Name.named(bytes, key) {
      case .read: detailedRead = try larger(bytes, &cursor, detailedRead)
      case .write: detailedWrite = try larger(bytes, &cursor, detailedWrite)
      case .writeDetails: try readWriteDetails(bytes, &cursor)
      case .reasoning: reasoning = try count(bytes, &cursor) ?? reasoning
      default: try cursor.skip(bytes)
      }
    }
  }

  private mutating func readWriteDetails(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 25, bytes.holds("ephemeral_1h_input_tokens", at: key.lowerBound) {
        write1h = max(write1h, try count(bytes, &cursor) ?? 0)
      } else if key.count == 25, bytes.holds("ephemeral_5m_input_tokens", at: key.lowerBound) {
        write5m = max(write5m, try count(bytes, &cursor) ?? 0)
      } else {
        try cursor.skip(bytes)
      }
    }
  }

  /// Whether the object tells what a cache served.
  var tellsCache: Bool { detailedRead != nil || plainRead != nil }

  /// Whether what caches served and took stands beside its prompt, as in Anthropic's.
  var isAnthropic: Bool { prompt == nil && total == nil && detailedRead == nil }

  /// What a name of a count means.
  private enum Name {
    case prompt, input, completion, total, read, write, write5m, write1h, miss, reasoning, thoughts, toolPrompt
    case promptDetails, completionDetails, writeDetails

    private static let names: [(StaticString, Name)] = [
      ("prompt_tokens", .prompt), ("promptTokenCount", .prompt), ("prompt_token_count", .prompt),
      ("prompt_eval_count", .prompt), ("promptTokens", .prompt),
      ("input_tokens", .input), ("inputTokens", .input), ("inputTokenCount", .input),
      ("completion_tokens", .completion), ("output_tokens", .completion), ("candidatesTokenCount", .completion),
      ("candidates_token_count", .completion), ("outputTokens", .completion), ("outputTokenCount", .completion),
      ("eval_count", .completion), ("completionTokens", .completion),
      ("total_tokens", .total), ("totalTokenCount", .total), ("total_token_count", .total), ("totalTokens", .total),
      ("cached_tokens", .read), ("cache_read_tokens", .read), ("cache_read_input_tokens", .read),
      ("prompt_cache_hit_tokens", .read), ("cachedContentTokenCount", .read), ("cached_content_token_count", .read),
      ("cached_prompt_tokens", .read), ("cached_input_tokens", .read), ("cacheReadInputTokens", .read),
      ("cacheReadInputTokenCount", .read), ("cachedInputTokens", .read), ("num_cached_tokens", .read),
      ("cache_write_tokens", .write), ("cache_write_input_tokens", .write), ("cache_creation_tokens", .write),
      ("cache_creation_input_tokens", .write), ("prompt_cache_write_tokens", .write),
      ("cached_creation_tokens", .write), ("cacheWriteInputTokens", .write), ("cacheWriteInputTokenCount", .write),
      ("claude_cache_creation_5_m_tokens", .write5m), ("claude_cache_creation_1_h_tokens", .write1h),
      ("prompt_cache_miss_tokens", .miss),
      ("reasoning_tokens", .reasoning), ("reasoningTokens", .reasoning), ("thoughtsTokenCount", .thoughts),
      ("thoughts_token_count", .thoughts),
      ("toolUsePromptTokenCount", .toolPrompt), ("tool_use_prompt_token_count", .toolPrompt),
      ("prompt_tokens_details", .promptDetails), ("prompt_token_details", .promptDetails),
      ("input_tokens_details", .promptDetails),
      ("completion_tokens_details", .completionDetails), ("output_tokens_details", .completionDetails),
      ("cache_creation", .writeDetails), ("cache_creation_token_details", .writeDetails),
    ]

    static func named(_ bytes: Span<UInt8>, _ key: Range<Int>) -> Name? {
      for (text, name) in names where text.utf8CodeUnitCount == key.count && bytes.holds(text, at: key.lowerBound) {
        return name
      }
      return nil
    }
  }

  /// What the object says, as a fact; `nil` where it says nothing (all zero or absent means that nobody counted).
  ///
  /// The conventions differ in whether a part stands inside a sum or beside it. Where the object has a total, that
  /// tells; without one, reasoning that is more than the output stands beside it.
  /// - Parameters:
  ///   - isInterim: as in the fact.
  ///   - tier: as in the fact.
  func event(isInterim: Bool = false, tier: String? = nil) -> RequestFact.Event? {
    guard isSound else {
      return .impossibleUsage(prompt: positive(self.prompt ?? anthropicPrompt), output: positive(completion))
    }
    let read = max(detailedRead ?? 0, plainRead ?? 0)
    let write = max(detailedWrite ?? 0, plainWrite ?? 0, write5m + write1h)
    let (cached, total) = (read + write, total ?? 0)
    let named = self.prompt ?? 0
    var prompt = (named > 0 ? named : anthropicPrompt ?? miss.map { $0 + read } ?? 0) + toolPrompt
    var output = completion ?? 0
    guard prompt > 0 || output > 0, completion != nil || total > 0 else { return nil }
    // Where the prompt's own details name the cache, it is a part of the prompt.
    if named == 0, anthropicPrompt != nil, total == 0, detailedRead == nil { prompt += cached }
    let beyond = prompt > 0 ? total - prompt - output : 0
    var thought = reasoning
    if beyond > 0 {
      if beyond == cached, beyond != reasoning {
        prompt += cached
      } else if cached > 0, reasoning > 0, beyond == cached + reasoning {
        prompt += cached
        output += reasoning
      } else {
        // Gemini's thoughts, which some of its doors show in the total alone.
        output += beyond
        thought = max(thought, beyond)
      }
    } else if isGemini ? total == 0 : thought > output {
      output += thought
    }
    // Of counts that contradict each other nobody knows which is wrong.
    guard cached <= prompt, thought <= output else {
      return .impossibleUsage(
        prompt: cached <= prompt ? positive(prompt) : nil, output: thought <= output ? positive(output) : nil)
    }
    return .usage(
      input: prompt - cached, cacheRead: read, output: output, reasoning: thought,
      cacheWrite5m: write > write1h ? write - write1h : nil, cacheWrite1h: write1h > 0 ? write1h : nil,
      isInterim: isInterim ? true : nil, tier: tier)
  }

  private func positive(_ count: Int64?) -> Int64? { count.flatMap { $0 > 0 ? $0 : nil } }
}

/// What an OpenAI-style answer, or one chunk of a stream, says beside its text.
struct OpenAIAnswer {
  var usage: OpenAIUsage?
  var isError = false
  /// The upstream's id of the answer.
  var id: Range<Int>?
  /// The provider's service tier.
  var tier: Range<Int>?
  /// Whether it says why the answer ended.
  private(set) var hasEnd = false
  /// Whether it says that the answer goes on: by a reason that is none, or as Gemini does by none.
  private var goesOn = false
  /// Whether its usage is that of the beginning of an Anthropic-style answer, within its message.
  private var isOpening = false
  /// Counts that stand among the answer's own keys, as Ollama writes them.
  private var ownCounts: OpenAIUsage?

  /// Whether its usage is one of a text that goes on: some upstreams send the sum so far with every chunk.
  var isInterim: Bool { goesOn && !hasEnd || isOpening }

  /// Reads an answer's object: its own keys, and those that providers hang usage on, so that nothing a model wrote can
  /// pass for usage.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try read(bytes, &cursor, isOuter: true)
    if usage == nil { usage = ownCounts }
  }

  private mutating func read(
    _ bytes: Span<UInt8>, _ cursor: inout JSONCursor, isOuter: Bool
  ) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      let start = key.lowerBound
      let next = try cursor.peek(bytes)
      switch key.count {
      case 5 where bytes.holds("usage", at: start) && next == UInt8(ascii: "{"),
        13 where bytes.holds("usageMetadata", at: start) && next == UInt8(ascii: "{"),
        14 where bytes.holds("usage_metadata", at: start) && next == UInt8(ascii: "{"),
        32 where bytes.holds("amazon-bedrock-invocationMetrics", at: start) && next == UInt8(ascii: "{"):
        let found = try OpenAIUsage(bytes, &cursor)
        if usage == nil || found.event() != nil { usage = found }
      case 17 where bytes.holds("prompt_eval_count", at: start) && isOuter,
        10 where bytes.holds("eval_count", at: start) && isOuter:
        var counts = ownCounts ?? OpenAIUsage()
        _ = try counts.take(key, bytes, &cursor)
        ownCounts = counts
      case 5 where bytes.holds("error", at: start) && isOuter:
        if next == UInt8(ascii: "{") { isError = true }
        if let text = try cursor.stringIfAny(bytes), !text.isEmpty { isError = true }
      case 4 where bytes.holds("type", at: start) && isOuter:
        if let type = try cursor.stringIfAny(bytes) {
          if isKey(bytes, type, "message_stop") { hasEnd = true }
          if isKey(bytes, type, "error") || isKey(bytes, type, "response.failed") { isError = true }
        }
      case 12 where bytes.holds("service_tier", at: start) && isOuter: tier = try cursor.stringIfAny(bytes)
      case 2 where bytes.holds("id", at: start) && isOuter: id = try cursor.stringIfAny(bytes)
      case 13 where bytes.holds("finish_reason", at: start), 12 where bytes.holds("finishReason", at: start):
        if try !takeReason(bytes, &cursor) { goesOn = true }
      case 11 where bytes.holds("stop_reason", at: start):
        if try !takeReason(bytes, &cursor) { goesOn = true }
      case 7 where bytes.holds("choices", at: start) && next == UInt8(ascii: "["),
        10 where bytes.holds("candidates", at: start) && next == UInt8(ascii: "["):
        try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
          if key.count == 10 { goesOn = true }
          if try cursor.peek(bytes) == UInt8(ascii: "{") {
            try read(bytes, &cursor, isOuter: false)
          } else {
            try cursor.skip(bytes)
          }
        }
      case 7 where bytes.holds("message", at: start) && next == UInt8(ascii: "{") && isOuter:
        let hadUsage = usage != nil
        try read(bytes, &cursor, isOuter: false)
        isOpening = !hadUsage && usage != nil
      case 6 where bytes.holds("x_groq", at: start) && next == UInt8(ascii: "{"),
        8 where bytes.holds("response", at: start) && next == UInt8(ascii: "{") && isOuter,
        5 where bytes.holds("delta", at: start) && next == UInt8(ascii: "{"),
        7 where bytes.holds("message", at: start) && next == UInt8(ascii: "{"):
        try read(bytes, &cursor, isOuter: false)
      default: try cursor.skip(bytes)
      }
    }
  }

  /// Takes the reason why an answer ended. Some upstreams send an empty one with every chunk, and an error is none.
  /// - Returns: whether there is one.
  private mutating func takeReason(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Bool {
    let none: [StaticString] = ["", "null", "FINISH_REASON_UNSPECIFIED"]
    guard let reason = try cursor.stringIfAny(bytes), !none.contains(where: { isKey(bytes, reason, $0) }) else {
      return false
    }
    if isKey(bytes, reason, "error") { isError = true } else { hasEnd = true }
    return true
  }
}
