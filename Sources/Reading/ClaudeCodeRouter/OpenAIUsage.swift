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
  private var write1h: Int64 = 0
  private var miss: Int64?
  private var reasoning: Int64 = 0
  /// Prompt tokens that Gemini counts apart: those of tools that it ran itself.
  private var toolPrompt: Int64 = 0
  /// The prompt under Anthropic's name, beside which its caches stand.
  private var anthropicPrompt: Int64?
  private var isGemini = false
  private var isSound = true

  /// Reads the object that comes next.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      switch Name.named(bytes, key) {
      case .prompt: prompt = try count(bytes, &cursor)
      case .input: anthropicPrompt = try count(bytes, &cursor)
      case .completion: completion = try count(bytes, &cursor) ?? completion
      case .total: total = try count(bytes, &cursor)
      case .read: plainRead = try count(bytes, &cursor) ?? plainRead
      case .write: plainWrite = try count(bytes, &cursor) ?? plainWrite
      case .miss: miss = try count(bytes, &cursor)
      case .reasoning: reasoning = try count(bytes, &cursor) ?? reasoning
      case .thoughts:
        reasoning = try count(bytes, &cursor) ?? reasoning
        isGemini = true
      case .toolPrompt: toolPrompt = try count(bytes, &cursor) ?? 0
      case .promptDetails: try readDetails(bytes, &cursor)
      case .completionDetails: try readDetails(bytes, &cursor)
      case .writeDetails: try readWriteDetails(bytes, &cursor)
      case nil: try cursor.skip(bytes)
      }
    }
  }

  private mutating func count(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int64? {
    try cursor.tokenCount(bytes, isSound: &isSound)
  }

  private mutating func readDetails(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      switch Name.named(bytes, key) {
      case .read: detailedRead = try count(bytes, &cursor) ?? detailedRead
      case .write: detailedWrite = try count(bytes, &cursor) ?? detailedWrite
      case .writeDetails: try readWriteDetails(bytes, &cursor)
      case .reasoning: reasoning = try count(bytes, &cursor) ?? reasoning
      default: try cursor.skip(bytes)
      }
    }
  }

  private mutating func readWriteDetails(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    guard try cursor.peek(bytes) == UInt8(ascii: "{") else { return try cursor.skip(bytes) }
    var write5m: Int64 = 0
    try cursor.enterObject(bytes)
    var first = true
    while let key = try cursor.key(bytes, first: first) {
      first = false
      if key.count == 25, bytes.holds("ephemeral_1h_input_tokens", at: key.lowerBound) {
        write1h = try count(bytes, &cursor) ?? 0
      } else if key.count == 25, bytes.holds("ephemeral_5m_input_tokens", at: key.lowerBound) {
        write5m = try count(bytes, &cursor) ?? 0
      } else {
        try cursor.skip(bytes)
      }
    }
    plainWrite = max(plainWrite ?? 0, write5m + write1h)
  }

  /// What a name of a count means.
  private enum Name {
    case prompt, input, completion, total, read, write, miss, reasoning, thoughts, toolPrompt
    case promptDetails, completionDetails, writeDetails

    private static let names: [(StaticString, Name)] = [
      ("prompt_tokens", .prompt), ("promptTokenCount", .prompt), ("input_tokens", .input),
      ("completion_tokens", .completion), ("output_tokens", .completion), ("candidatesTokenCount", .completion),
      ("total_tokens", .total), ("totalTokenCount", .total),
      ("cached_tokens", .read), ("cache_read_tokens", .read), ("cache_read_input_tokens", .read),
      ("prompt_cache_hit_tokens", .read), ("cachedContentTokenCount", .read), ("cached_prompt_tokens", .read),
      ("cache_write_tokens", .write), ("cache_write_input_tokens", .write), ("cache_creation_tokens", .write),
      ("cache_creation_input_tokens", .write), ("prompt_cache_write_tokens", .write),
      ("prompt_cache_miss_tokens", .miss),
      ("reasoning_tokens", .reasoning), ("thoughtsTokenCount", .thoughts),
      ("toolUsePromptTokenCount", .toolPrompt),
      ("prompt_tokens_details", .promptDetails), ("input_tokens_details", .promptDetails),
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
  func event() -> RequestFact.Event? {
    guard isSound else { return .impossibleUsage }
    let read = detailedRead ?? plainRead ?? 0
    let write = max(detailedWrite ?? 0, plainWrite ?? 0, write1h)
    let (cached, total) = (read + write, total ?? 0)
    var prompt = (self.prompt ?? anthropicPrompt ?? miss.map { $0 + read } ?? 0) + toolPrompt
    var output = completion ?? 0
    guard prompt > 0 || output > 0, completion != nil || total > 0 else { return nil }
    if self.prompt == nil, anthropicPrompt != nil, total == 0 { prompt += cached }
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
    guard cached <= prompt, thought <= output else { return .impossibleUsage }
    return .usage(
      input: prompt - cached, cacheRead: read, output: output, reasoning: thought,
      cacheWrite5m: write > write1h ? write - write1h : nil, cacheWrite1h: write1h > 0 ? write1h : nil)
  }
}

/// What an OpenAI-style answer, or one chunk of a stream, says beside its text.
struct OpenAIAnswer {
  var usage: OpenAIUsage?
  var isError = false
  /// The upstream's id of the answer.
  var id: Range<Int>?

  /// Reads an answer's object: its own keys, and those that providers hang usage on, so that nothing a model wrote can
  /// pass for usage.
  init(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
    try read(bytes, &cursor, isOuter: true)
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
        13 where bytes.holds("usageMetadata", at: start) && next == UInt8(ascii: "{"):
        let found = try OpenAIUsage(bytes, &cursor)
        if usage == nil || found.event() != nil { usage = found }
      case 5 where bytes.holds("error", at: start) && isOuter:
        if next == UInt8(ascii: "{") { isError = true }
        try cursor.skip(bytes)
      case 2 where bytes.holds("id", at: start) && isOuter: id = try cursor.stringIfAny(bytes)
      case 7 where bytes.holds("choices", at: start) && next == UInt8(ascii: "["):
        try cursor.forEachElement(bytes) { (cursor) throws(JSONFault) in
          if try cursor.peek(bytes) == UInt8(ascii: "{") {
            try read(bytes, &cursor, isOuter: false)
          } else {
            try cursor.skip(bytes)
          }
        }
      case 6 where bytes.holds("x_groq", at: start) && next == UInt8(ascii: "{"),
        8 where bytes.holds("response", at: start) && next == UInt8(ascii: "{") && isOuter,
        7 where bytes.holds("message", at: start) && next == UInt8(ascii: "{") && isOuter:
        try read(bytes, &cursor, isOuter: false)
      default: try cursor.skip(bytes)
      }
    }
  }
}
