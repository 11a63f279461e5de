package import Foundation

extension SourceName {
  /// Records of the LiteLLM proxy.
  package static let liteLLM = SourceName("litellm")
}

/// What the LiteLLM proxy leaves: objects of its callbacks, as lines, arrays or one a file, and rows of its table
/// `LiteLLM_SpendLogs`, as lines, arrays or pages of its API. Both describe the same calls.
package enum LiteLLMLog: LogSource {
  package static let name = SourceName.liteLLM
  package static let position: RouterPosition? = .inner
  package static let framing = LogFraming.values

  package static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool {
    if keys.have("litellm_call_id", .string) && keys.have("call_type", .string) { return true }
    if keys.have("request_id", .string), keys.have("call_type", .string), keys.have("spend") { return true }
    // Early payloads do not name the client's request.
    if keys.have("id", .string), keys.have("call_type", .string), keys.have("startTime"), keys.have("prompt_tokens") {
      return true
    }
    // A page tells by its first row.
    guard keys.have("data", .array), let mark = bytes.firstIndex(of: "\"data\""),
      let start = bytes.firstIndex(of: UInt8(ascii: "{"), from: mark),
      let row = LineKeys(bytes, at: start, mayEnd: true)
    else { return false }
    return row.have("request_id", .string) && row.have("call_type", .string)
  }

  package static func collector(_ configuration: RouterConfiguration) -> any LineCollector { Collector() }

  package static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] {
    let decoder = JSONDecoder()
    let records = try records.map { try decoder.decode(LiteLLMRecord.self, from: $0) }
    return LiteLLMRequests.calls(of: records)
  }

  private struct Collector: LineCollector {
    var latest = Int64.max
    private var batch = CallBatch()

    var count: Int { batch.calls.count }

    mutating func read(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) throws(SkipReason) {
      let starts = try JSONRecords.places(bytes, page: "data")
      for start in starts {
        do throws(SkipReason) {
          guard let record = try LiteLLMRecord.read(bytes, at: start) else { throw .foreign }
          if let started = record.started, started > latest { throw .ahead }
          add(record)
        } catch {
          // What stands alone can be somebody else's.
          if starts.count == 1 { throw error }
          skip(line, error)
        }
      }
    }

    mutating func skip(_ line: Int64, _ reason: SkipReason) { batch.skip(line, reason) }

    private mutating func add(_ record: LiteLLMRecord) {
      guard LiteLLMLog.isCall(record) else { return }
      batch.calls.append(
        CallRecord(
          call: record.callID, body: record.body, alone: LiteLLMRequests.calls(of: [record]),
          likeness: likeness(record)))
    }

    /// Rows of earlier versions lack the call's id, which their payloads have: the answer's id tells, and where that
    /// is none either, the model and the counts.
    private func likeness(_ record: LiteLLMRecord) -> CallRecord.Likeness? {
      guard let started = record.started else { return nil }
      let isUnnamed = record.isUnnamed == true
      var marks: [[String]] = isUnnamed ? [] : [[KeptObject.member("id", record.callID)]]
      if let id = record.realID {
        marks.append([KeptObject.member("id", id)])
        if isUnnamed { marks.append([KeptObject.member("callID", id)]) }
      }
      // Others follow, so that a comma ends each.
      let counts =
        (record.model.map { [KeptObject.member("model", $0) + ","] } ?? [])
        + ["\"output\":\(record.output),", "\"prompt\":\(record.prompt),"]
      if record.realID == nil { marks.append(counts) }
      if isUnnamed, let twin = twin(of: record) { marks.append([KeptObject.member("callType", twin) + ","] + counts) }
      return CallRecord.Likeness(isUnnamed: isUnnamed, started: started, marks: marks)
    }

    /// As what a version that wrote such calls twice wrote it down a second time: what came in as OpenAI's response, for
    /// a provider that has none, and the chat that was made of it.
    private func twin(of record: LiteLLMRecord) -> String? {
      guard let provider = record.provider, !provider.hasPrefix("openai"), !provider.hasPrefix("azure"),
        record.isSuccess, record.output > 0
      else { return nil }
      return ["aresponses": "acompletion", "acompletion": "aresponses"][record.callType ?? ""]
    }

    mutating func gather() -> Gathered {
      defer { batch = CallBatch() }
      return .calls(batch)
    }
  }

  /// Whether a model was called for a client: not what LiteLLM's own cache answered, no health check, and none of the
  /// calls that are known to be of another kind.
  static func isCall(_ record: LiteLLMRecord) -> Bool {
    if record.isCached || record.isHealthCheck { return false }
    // The proxy refused it: a wrong key, a model that it does not have.
    if !record.isSuccess, record.provider == nil, record.model == nil, record.host == nil { return false }
    let others = [
      "embedding", "image", "moderation", "speech", "transcription", "rerank", "search", "vector_store", "file",
      "batch", "fine_tuning", "count_tokens", "token_counter", "skill", "container", "assistant", "thread", "video",
      "ocr", "health", "list_", "mcp", "client_secret", "extraction", "ingest", "query", "add_message", "get_",
      "retrieve", "delete", "cancel",
    ]
    let type = record.callType ?? ""
    if generating.contains(type) { return true }
    return !others.contains { type.contains($0) }
  }

  /// The usual calls, of which no other kind is part of the name.
  private static let generating: Set<String> = [
    "acompletion", "completion", "anthropic_messages", "aresponses", "pass_through_endpoint",
  ]
}
