package import Foundation
import Model

extension SourceName {
  /// The stores of claude-code-router 3.
  package static let claudeCodeRouterStore = SourceName("claude-code-router-3")
}

/// The SQLite stores of claude-code-router 3.
package enum ClaudeCodeRouterStore: StoreSource {
  package static let name = SourceName.claudeCodeRouterStore
  package static let position: RouterPosition? = .outer

  package static func places(in surroundings: Surroundings) -> [String] {
    [surroundings.variable("CCR_INTERNAL_USER_DATA_DIR") ?? "\(surroundings.home)/.claude-code-router/app-data"]
  }

  package static func wrote(tables: Set<String>) -> Bool {
    StoreTable.allCases.contains { tables.contains($0.rawValue) }
  }

  package static func read(
    at path: String, temporaryFolder: URL, after cursor: String?, latest: Int64
  ) throws(StoreError) -> StoreBatch {
    let known = cursor.flatMap { try? JSONDecoder().decode(StoreCursor.self, from: Data($0.utf8)) }
    let reading = try RouterStore(path: path, temporaryFolder: temporaryFolder).read(after: known, latest: latest)
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    // Words and numbers, which can always be written.
    let place = (try? encoder.encode(reading.cursor)) ?? Data()
    var batch = StoreBatch(
      rows: reading.rows, skipped: reading.skipped, cursor: String(decoding: place, as: UTF8.self), more: reading.more)
    batch.calls = reading.requests.compactMap { request in
      guard let body = try? encoder.encode(request) else { return nil }
      // A row that was written over is replaced.
      return CallRecord(call: request.id, body: body, replaces: #""table":"\#(request.table.rawValue)""#)
    }
    return batch
  }

  package static func calls(_ id: String, of records: [Data]) throws -> [ObservedCall] {
    let decoder = JSONDecoder()
    let requests = try records.map { try decoder.decode(StoreRequest.self, from: $0) }
    return StoreMerge.merge(requests).prefix(1).map { merged in
      var request = merged.request
      // The router counts an answer that its client left, or that broke off, as far as it came.
      if [.clientGone, .interrupted, .providerError].contains(request.failure) {
        request.known = request.usage ?? request.known
      }
      return ObservedCall(request: request, claimedCost: merged.claimedCost)
    }
  }
}
