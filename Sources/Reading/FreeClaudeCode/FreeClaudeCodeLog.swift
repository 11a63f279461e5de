import Model
package import Foundation

extension SourceName {
  /// free-claude-code's log.
  package static let freeClaudeCode = SourceName("free-claude-code")
}

/// The log of free-claude-code: `server.log` of March 2026, with `TRACE` lines of July, and that of 6.x.
package enum FreeClaudeCodeLog: LogSource {
  package static let name = SourceName.freeClaudeCode
  package static let position: RouterPosition? = .middle

  package static func wrote(_ bytes: Span<UInt8>, _ keys: LineKeys) -> Bool {
    if keys.have("time", .string), keys.have("level", .string), keys.have("message", .string) {
      return !keys.isWhole || keys.have("module", .string) && keys.have("function", .string)
        || keys.have("event", .string) && keys.have("request_id", .string)
    }
    return keys.have("text", .string) && keys.have("record", .object) && FreeClaudeCodeRecord.isOwn(bytes)
  }

  package static func places(in surroundings: Surroundings) -> [String] { [home(surroundings) + "/logs"] }

  /// Where its settings stand, beside its keys.
  package static func settings(in surroundings: Surroundings) -> String { home(surroundings) + "/.env" }

  private static func home(_ surroundings: Surroundings) -> String {
    surroundings.variable("FCC_HOME") ?? "\(surroundings.home)/.fcc"
  }

  package static func collector(_ configuration: RouterConfiguration) -> any LineCollector { FreeClaudeCodeCollector() }

  package static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] {
    let decoder = JSONDecoder()
    let fragments = try records.map {
      FreeClaudeCodeFragment(requestID: "", facts: try decoder.decode([FreeClaudeCodeFact].self, from: $0))
    }
    return calls(id, of: fragments)
  }

  fileprivate static func calls(_ id: String, of fragments: [FreeClaudeCodeFragment]) -> [ObservedCall] {
    let facts = FreeClaudeCodeFragment.merged(fragments)
    let completed = FreeClaudeCodeRequests.calls(of: facts, id: id)
    if !completed.isEmpty { return completed }
    guard var summary = FreeClaudeCodeSummary(of: facts) else { return [] }
    summary.request.keys.requestIDHeader = id
    summary.request.keys.routerCallID = "free-claude-code:\(id)"
    return summary.abandoned.map { ObservedCall(request: $0) }
      + [ObservedCall(request: summary.request, estimate: summary.estimated)]
  }
}

extension FreeClaudeCodeCollector: LineCollector {
  package var count: Int { requests }

  package mutating func gather() -> Gathered {
    let batch = finish()
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    var records = CallBatch()
    (records.skipped, records.skippedCount) = (batch.skipped, batch.skippedCount)
    for fragment in batch.fragments {
      // Facts are words and numbers, which can always be written.
      guard let body = try? encoder.encode(fragment.facts) else { continue }
      let alone = FreeClaudeCodeLog.calls(fragment.requestID, of: [fragment])
      records.calls.append(CallRecord(call: fragment.requestID, body: body, alone: alone))
    }
    return .calls(records)
  }
}
