import Foundation
import Model

/// One record of the LiteLLM proxy: an object of its callbacks (StandardLoggingPayload), or a row of its table
/// `LiteLLM_SpendLogs`. Holds no prompt, no answer and no key.
struct LiteLLMRecord: Hashable, Codable {
  /// Which of its two records it is.
  enum Kind: String, Codable {
    case payload
    case spendRow
  }

  var kind: Kind
  /// The client's request. Its retries and fall-backs share it. Where the record does not name it, what else tells the
  /// call apart.
  var callID: String
  /// Whether the record does not name the client's request, as rows of earlier versions; `nil` means no.
  var isUnnamed: Bool?
  /// The answer's id as the client saw it; the call's id where there was none.
  var id: String?
  /// The header `request-id` of the upstream's answer.
  var header: String?
  var callType: String?
  var isSuccess = false
  var isCached = false
  var isHealthCheck = false
  var provider: String?
  var model: String?
  /// The name that the client asked for.
  var group: String?
  var host: String?
  /// Whether the upstream speaks Anthropic's messages or OpenAI's responses.
  var isNative = false
  var session: String?
  /// Epoch milliseconds.
  var started: Int64?
  var ended: Int64?
  var firstToken: Int64?
  /// Only a payload says it.
  var stream: Bool?
  var maxTokens: Int64?
  var errorCode: String?
  var errorClass: String?
  var tier: String?
  var speed: String?
  var geo: String?
  /// Searches of the web that the provider made.
  var webSearches: Int64?
  var prompt: Int64 = 0
  var output: Int64 = 0
  var total: Int64 = 0
  var usage = Usage()
  /// Whether a count cannot be one; `nil` means no.
  var isUnclear: Bool?
  /// Whether a success has no `usage_object`: its table can be told to leave that out. `nil` means no.
  var lacksUsage: Bool?

  /// The object `usage_object`.
  struct Usage: Hashable, Codable {
    var output: Int64?
    var reasoning: Int64?
    var cacheRead: Int64?
    var cached: Int64?
    var cacheWrite: Int64?
    var cacheCreation: Int64?
    var cacheWrite5m: Int64?
    var cacheWrite1h: Int64?
    /// Whether `prompt_tokens_details` is an object, and whether that has the key `audio_tokens`.
    var hasPromptDetails = false
    var hasAudio = false
    /// `completion_tokens_details.text_tokens`.
    var text: Int64?

    fileprivate var kept: KeptObject {
      var kept = KeptObject()
      kept.add("cacheCreation", cacheCreation)
      kept.add("cacheRead", cacheRead)
      kept.add("cacheWrite", cacheWrite)
      kept.add("cacheWrite1h", cacheWrite1h)
      kept.add("cacheWrite5m", cacheWrite5m)
      kept.add("cached", cached)
      kept.add("hasAudio", hasAudio)
      kept.add("hasPromptDetails", hasPromptDetails)
      kept.add("output", output)
      kept.add("reasoning", reasoning)
      kept.add("text", text)
      return kept
    }
  }
}

extension LiteLLMRecord {
  /// As the ledger keeps it, which `Codable` reads again.
  var body: Data {
    var kept = KeptObject()
    kept.add("callID", callID)
    kept.add("callType", callType)
    kept.add("ended", ended)
    kept.add("errorClass", errorClass)
    kept.add("errorCode", errorCode)
    kept.add("firstToken", firstToken)
    kept.add("geo", geo)
    kept.add("group", group)
    kept.add("header", header)
    kept.add("host", host)
    kept.add("id", id)
    kept.add("isCached", isCached)
    kept.add("isHealthCheck", isHealthCheck)
    kept.add("isNative", isNative)
    kept.add("isSuccess", isSuccess)
    kept.add("isUnclear", isUnclear)
    kept.add("isUnnamed", isUnnamed)
    kept.add("kind", kind.rawValue)
    kept.add("lacksUsage", lacksUsage)
    kept.add("maxTokens", maxTokens)
    kept.add("model", model)
    kept.add("output", output)
    kept.add("prompt", prompt)
    kept.add("provider", provider)
    kept.add("session", session)
    kept.add("speed", speed)
    kept.add("started", started)
    kept.add("stream", stream)
    kept.add("tier", tier)
    kept.add("total", total)
    kept.add("usage", usage.kept)
    kept.add("webSearches", webSearches)
    return kept.data
  }

  /// The answer's id; `nil` where the provider gave none, for which rows have the text of Python's `None`.
  var realID: String? { id == "None" ? nil : id }

  /// The id of the answer that LiteLLM's own one holds: `resp_` and, in base64,
  /// `litellm:custom_llm_provider:…;model_id:…;response_id:…`.
  static func innerID(_ id: String) -> String? {
    guard id.hasPrefix("resp_"), let data = Data(base64Encoded: String(id.dropFirst(5))) else { return nil }
    let text = String(decoding: data, as: UTF8.self)
    guard text.hasPrefix("litellm:"), let mark = text.range(of: ";response_id:") else { return nil }
    return String(text[mark.upperBound...])
  }

  /// Reads the object that begins at a place.
  /// - Returns: `nil` for an object of another kind.
  /// - Throws: the reason why it is left out.
  static func read(_ bytes: Span<UInt8>, at start: Int) throws(SkipReason) -> LiteLLMRecord? {
    var fields = Fields()
    do throws(JSONFault) {
      var cursor = JSONCursor(at: start)
      try fields.read(bytes, &cursor)
    } catch {
      throw SkipReason(error, in: bytes)
    }
    return try fields.finished()
  }

  /// Reads the counts of the object that begins at a place, whatever else it names.
  static func counts(_ bytes: Span<UInt8>, at start: Int) throws(JSONFault) -> LiteLLMRecord {
    var fields = Fields()
    var cursor = JSONCursor(at: start)
    try fields.read(bytes, &cursor)
    fields.record.isUnclear = fields.isSound ? nil : true
    return fields.record
  }

  private struct Fields {
    var record = LiteLLMRecord(kind: .payload, callID: "")
    var requestID: String?
    /// The provider's, of a row whose own id another row had.
    var responseID: String?
    var endUser: String?
    var trace: String?
    var session: String?
    var isSound = true
    var hasStart = false
    var hasUsage = false
    var isRow = false
    /// Whether it has a call type, which can be empty where the call failed.
    var hasType = false
    /// Early versions' rows have no column for it, and some say it in their metadata.
    var status: String?
    var innerStatus: String?

    func finished() throws(SkipReason) -> LiteLLMRecord? {
      var record = record
      record.isUnclear = isSound ? nil : true
      guard hasType, hasStart else { return nil }
      record.isSuccess = (status ?? innerStatus).map { $0 == "success" } ?? (record.errorClass == nil)
      if record.isSuccess, !hasUsage { record.lacksUsage = true }
      record.kind = isRow ? .spendRow : .payload
      record.id = record.id ?? requestID
      guard let started = record.started else { throw .badTime }
      if record.callID.isEmpty {
        record.isUnnamed = true
        // An id that its maker uses again does not tell the call apart.
        let id = record.realID.flatMap { CallKeys.repeats($0) ? nil : LiteLLMRecord.innerID($0) ?? $0 }
        record.callID = id ?? "\(record.id ?? "") \(started) \(record.prompt) \(record.output)"
      }
      if let responseID, record.id == record.callID { record.id = responseID }
      record.session = Self.session(trace) ?? Self.session(session) ?? endUser.flatMap(Self.sessionInUser)
      return record
    }

    /// A session of Claude Code is a UUID; anything else is an id that LiteLLM or a tracer made up.
    static func session(_ text: String?) -> String? {
      guard let text, text.utf8.count == 36,
        text.utf8.enumerated().allSatisfy({ index, byte in
          [8, 13, 18, 23].contains(index)
            ? byte == UInt8(ascii: "-") : (0x30...0x39).contains(byte) || (0x61...0x66).contains(byte)
        })
      else { return nil }
      return text
    }

    /// `user_…_session_<uuid>`, or an object with `session_id`.
    static func sessionInUser(_ text: String) -> String? {
      if let mark = text.range(of: "_session_", options: .backwards) {
        return session(String(text[mark.upperBound...]))
      }
      guard text.hasPrefix("{") else { return nil }
      let bytes = Array(text.utf8)
      do throws(JSONFault) {
        var cursor = JSONCursor()
        try cursor.enterObject(bytes.span)
        var first = true
        while let key = try nextKey(bytes.span, &cursor, &first) {
          if isKey(bytes.span, key, "session_id") { return session(try cursor.optionalText(bytes.span)) }
          try cursor.skip(bytes.span)
        }
      } catch {
        return nil
      }
      return nil
    }

    mutating func read(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) {
        switch key.count {
        case 2 where isKey(bytes, key, "id"): record.id = try cursor.optionalName(bytes)
        case 5 where isKey(bytes, key, "model"): record.model = try cursor.optionalName(bytes)
        case 6 where isKey(bytes, key, "stream"): record.stream = try cursor.isTrue(bytes)
        case 6 where isKey(bytes, key, "status"): status = try cursor.optionalText(bytes)
        case 7 where isKey(bytes, key, "endTime"): record.ended = try cursor.optionalInstant(bytes)
        case 8 where isKey(bytes, key, "trace_id"): trace = try cursor.optionalText(bytes)
        case 8 where isKey(bytes, key, "end_user"): endUser = try cursor.optionalText(bytes) ?? endUser
        case 8 where isKey(bytes, key, "metadata"): try nested(bytes, &cursor, Self.metadata)
        case 8 where isKey(bytes, key, "api_base"): try readBase(bytes, &cursor)
        case 9 where isKey(bytes, key, "call_type"):
          hasType = true
          record.callType = try cursor.optionalName(bytes)
        case 9 where isKey(bytes, key, "cache_hit"): record.isCached = try cursor.isTrue(bytes)
        case 9 where isKey(bytes, key, "startTime"):
          hasStart = true
          record.started = try cursor.optionalInstant(bytes)
        case 10 where isKey(bytes, key, "request_id"):
          isRow = true
          requestID = try cursor.optionalName(bytes)
        case 10 where isKey(bytes, key, "session_id"): session = try cursor.optionalText(bytes)
        case 11 where isKey(bytes, key, "model_group"): record.group = try cursor.optionalName(bytes)
        case 12 where isKey(bytes, key, "total_tokens"): record.total = try count(bytes, &cursor) ?? 0
        case 12 where isKey(bytes, key, "request_tags"): try readTags(bytes, &cursor)
        case 13 where isKey(bytes, key, "prompt_tokens"): record.prompt = try count(bytes, &cursor) ?? 0
        case 13 where isKey(bytes, key, "hidden_params"): try nested(bytes, &cursor, Self.hidden)
        case 15 where isKey(bytes, key, "litellm_call_id"):
          record.callID = try cursor.optionalName(bytes) ?? record.callID
        case 16 where isKey(bytes, key, "model_parameters"): try nested(bytes, &cursor, Self.parameters)
        case 17 where isKey(bytes, key, "completion_tokens"): record.output = try count(bytes, &cursor) ?? 0
        case 17 where isKey(bytes, key, "error_information"): try nested(bytes, &cursor, Self.error)
        case 19 where isKey(bytes, key, "custom_llm_provider"): record.provider = try cursor.optionalName(bytes)
        case 19 where isKey(bytes, key, "completionStartTime"): record.firstToken = try cursor.optionalInstant(bytes)
        default: try cursor.skip(bytes)
        }
      }
    }

    private mutating func count(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) -> Int64? {
      try cursor.optionalCount(bytes, isSound: &isSound)
    }

    /// Reads an object, also where it stands as text in a string; anything else is skipped.
    private mutating func nested(
      _ bytes: Span<UInt8>, _ cursor: inout JSONCursor,
      _ body: (inout Fields, Span<UInt8>, Range<Int>, inout JSONCursor) throws(JSONFault) -> Void
    ) throws(JSONFault) {
      if try cursor.atString(bytes) {
        let inner = Array(try cursor.text(bytes).utf8)
        guard inner.first == UInt8(ascii: "{") else { return }
        var innerCursor = JSONCursor()
        return try nested(inner.span, &innerCursor, body)
      }
      guard try cursor.isAt("{", bytes) else { return try cursor.skip(bytes) }
      try cursor.enterObject(bytes)
      var first = true
      while let key = try nextKey(bytes, &cursor, &first) { try body(&self, bytes, key, &cursor) }
    }

    private static func metadata(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      switch key.count {
      case 6 where isKey(bytes, key, "status"): fields.innerStatus = try cursor.optionalText(bytes)
      case 11 where isKey(bytes, key, "response_id"): fields.responseID = try cursor.optionalName(bytes)
      case 12 where isKey(bytes, key, "usage_object"): try fields.nested(bytes, &cursor, usage)
      case 15 where isKey(bytes, key, "litellm_call_id"):
        if let id = try cursor.optionalName(bytes), fields.record.callID.isEmpty { fields.record.callID = id }
      case 17 where isKey(bytes, key, "error_information"): try fields.nested(bytes, &cursor, error)
      case 18 where isKey(bytes, key, "requester_metadata"):
        try fields.nested(bytes, &cursor) { (fields, bytes, key, cursor) throws(JSONFault) in
          guard isKey(bytes, key, "user_id") else { return try cursor.skip(bytes) }
          let user = try cursor.optionalText(bytes)
          fields.endUser = fields.endUser ?? user
        }
      case 18 where isKey(bytes, key, "user_api_key_alias"):
        if try cursor.optionalText(bytes) == healthCheck { fields.record.isHealthCheck = true }
      default: try cursor.skip(bytes)
      }
    }

    /// What LiteLLM calls its own calls that ask whether a model answers.
    private static let healthCheck = "litellm-internal-health-check"

    private mutating func readTags(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      let start = cursor.position
      try cursor.skip(bytes)
      if let mark = bytes.firstIndex(of: "\"litellm-internal-health-check\"", from: start), mark < cursor.position {
        record.isHealthCheck = true
      }
    }

    private static func usage(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      fields.hasUsage = true
      switch key.count {
      case 5 where isKey(bytes, key, "speed"): fields.record.speed = try cursor.optionalName(bytes)
      case 12 where isKey(bytes, key, "service_tier"): fields.record.tier = try cursor.optionalName(bytes)
      case 13 where isKey(bytes, key, "inference_geo"): fields.record.geo = try cursor.optionalName(bytes)
      // Anthropic's own name for it, where the proxy hands on what it got.
      case 14 where isKey(bytes, key, "cache_creation"): try fields.nested(bytes, &cursor, writes)
      case 15 where isKey(bytes, key, "server_tool_use"): try fields.nested(bytes, &cursor, searches)
      case 17 where isKey(bytes, key, "completion_tokens"):
        fields.record.usage.output = try fields.count(bytes, &cursor)
      case 21 where isKey(bytes, key, "prompt_tokens_details"):
        fields.record.usage.hasPromptDetails = try cursor.isAt("{", bytes)
        try fields.nested(bytes, &cursor, promptDetails)
      // OpenAI's responses name them so; what their shape tells is another thing.
      case 20 where isKey(bytes, key, "input_tokens_details"):
        let hasAudio = fields.record.usage.hasAudio
        try fields.nested(bytes, &cursor, promptDetails)
        fields.record.usage.hasAudio = hasAudio
      case 23 where isKey(bytes, key, "cache_read_input_tokens"):
        fields.record.usage.cacheRead = try fields.count(bytes, &cursor)
      case 25 where isKey(bytes, key, "completion_tokens_details"):
        try fields.nested(bytes, &cursor) { (fields, bytes, key, cursor) throws(JSONFault) in
          if isKey(bytes, key, "text_tokens") {
            fields.record.usage.text = try fields.count(bytes, &cursor)
          } else if isKey(bytes, key, "reasoning_tokens") {
            fields.record.usage.reasoning = try fields.count(bytes, &cursor)
          } else {
            try cursor.skip(bytes)
          }
        }
      case 27 where isKey(bytes, key, "cache_creation_input_tokens"):
        fields.record.usage.cacheWrite = try fields.count(bytes, &cursor)
      default: try cursor.skip(bytes)
      }
    }

    /// How long what was written to caches stays.
    private static func writes(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      if isKey(bytes, key, "ephemeral_5m_input_tokens") {
        fields.record.usage.cacheWrite5m = try fields.count(bytes, &cursor) ?? fields.record.usage.cacheWrite5m
      } else if isKey(bytes, key, "ephemeral_1h_input_tokens") {
        fields.record.usage.cacheWrite1h = try fields.count(bytes, &cursor) ?? fields.record.usage.cacheWrite1h
      } else {
        try cursor.skip(bytes)
      }
    }

    private static func searches(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      guard isKey(bytes, key, "web_search_requests") else { return try cursor.skip(bytes) }
      let count = try fields.count(bytes, &cursor)
      if let count, count > 0 { fields.record.webSearches = max(fields.record.webSearches ?? 0, count) }
    }

    private static func promptDetails(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      switch key.count {
      case 12 where isKey(bytes, key, "audio_tokens"):
        fields.record.usage.hasAudio = true
        try cursor.skip(bytes)
      case 19 where isKey(bytes, key, "web_search_requests"): try searches(&fields, bytes, key, &cursor)
      case 13 where isKey(bytes, key, "cached_tokens"): fields.record.usage.cached = try fields.count(bytes, &cursor)
      case 21 where isKey(bytes, key, "cache_creation_tokens"), 18 where isKey(bytes, key, "cache_write_tokens"):
        let count = try fields.count(bytes, &cursor)
        fields.record.usage.cacheCreation = [fields.record.usage.cacheCreation, count].compactMap(\.self).max()
      case 28 where isKey(bytes, key, "cache_creation_token_details"): try fields.nested(bytes, &cursor, writes)
      default: try cursor.skip(bytes)
      }
    }

    private static func error(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      if isKey(bytes, key, "error_code") {
        if let code = try cursor.atString(bytes)
          ? cursor.optionalName(bytes) : cursor.wholeNumber(bytes).map(String.init)
        {
          fields.record.errorCode = String(code.prefix(64))
        }
      } else if isKey(bytes, key, "error_class") {
        if let name = try cursor.optionalName(bytes) { fields.record.errorClass = String(name.prefix(64)) }
      } else {
        try cursor.skip(bytes)
      }
    }

    private static func parameters(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      if isKey(bytes, key, "max_tokens") || isKey(bytes, key, "max_output_tokens")
        || isKey(bytes, key, "max_completion_tokens")
      {
        fields.record.maxTokens = try cursor.optionalNumber(bytes) ?? fields.record.maxTokens
      } else {
        try cursor.skip(bytes)
      }
    }

    private static func hidden(
      _ fields: inout Fields, _ bytes: Span<UInt8>, _ key: Range<Int>, _ cursor: inout JSONCursor
    ) throws(JSONFault) {
      guard isKey(bytes, key, "additional_headers") else { return try cursor.skip(bytes) }
      try fields.nested(bytes, &cursor) { (fields, bytes, key, cursor) throws(JSONFault) in
        if isKey(bytes, key, "llm_provider-request-id") || isKey(bytes, key, "request-id") {
          fields.record.header = try cursor.optionalName(bytes) ?? fields.record.header
        } else if isKey(bytes, key, "llm_provider-x-request-id") || isKey(bytes, key, "x-request-id") {
          let header = try cursor.optionalName(bytes)
          fields.record.header = fields.record.header ?? header
        } else {
          try cursor.skip(bytes)
        }
      }
    }

    /// Of the address only the host is kept, whether it is a plan's, and how it ends: a path can hold a key.
    private mutating func readBase(_ bytes: Span<UInt8>, _ cursor: inout JSONCursor) throws(JSONFault) {
      guard let text = try cursor.optionalText(bytes) else { return }
      record.isNative = text.hasSuffix("/v1/messages") || text.hasSuffix("/responses")
      record.host = Endpoint.host(of: text).map { $0 + Endpoint.planMark(in: text) }
    }
  }
}
