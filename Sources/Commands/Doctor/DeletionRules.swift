import Foundation
import Ledger
import Reading
import Model
import Report

/// What routers and clients are about to delete, against what the ledger holds of it.
extension Doctor {
  /// How many bytes of rotated logs the router keeps.
  private static let rotatedLimit: Int64 = 50 << 20
  /// How many logs each start of the router keeps.
  private static let fileLimit = 9

  func deletionFindings() -> [Finding] {
    // Of logs that somebody named or copied, the router deletes none.
    let logs = facts.logs.filter { facts.routersOwnLogs.contains($0.path) }
    let folders = Dictionary(grouping: logs) { URL(filePath: $0.path).deletingLastPathComponent().path }
    return folders.sorted { $0.key < $1.key }.flatMap { sizeFindings($0.value) + countFindings($0.value) }
      + transcriptFindings() + proxyFindings()
  }

  /// At local midnight the live log becomes a rotated one, and the oldest rotated ones go until the rest fits.
  private func sizeFindings(_ logs: [SourceFile]) -> [Finding] {
    func isRotated(_ file: SourceFile) -> Bool { file.path.contains(#/_[0-9]+\.log$/#) }
    let live = logs.filter { !isRotated($0) }.max { ($0.modified, $0.path) < ($1.modified, $1.path) }
    let pool = (logs.filter(isRotated) + [live].compactMap { $0 }).sorted {
      ($0.modified, $0.path) < ($1.modified, $1.path)
    }
    var total = pool.reduce(0) { $0 + $1.size }
    guard total > Self.rotatedLimit else { return [] }
    let sum = total
    var doomed: [SourceFile] = []
    for file in pool where total > Self.rotatedLimit {
      doomed.append(file)
      total -= file.size
    }
    let what = "the live and the rotated logs are \(Display.bytes(sum)), and the router keeps 50 MiB"
    return [
      doomedFinding(
        doomed, id: "logs-size-limit", when: "at the next local midnight", what: what,
        // What is written until then is not ingested yet.
        isGrowing: doomed.contains { $0 == live })
    ]
  }

  private func countFindings(_ logs: [SourceFile]) -> [Finding] {
    guard logs.count > Self.fileLimit else { return [] }
    let doomed = logs.sorted { $0.path > $1.path }.dropFirst(Self.fileLimit)
    return [
      doomedFinding(
        Array(doomed), id: "logs-file-limit", when: "when the router next starts",
        what: "there are \(logs.count) logs, and each start of the router keeps the \(Self.fileLimit) newest by name")
    ]
  }

  private func doomedFinding(
    _ doomed: [SourceFile], id: String, when: String, what: String, isGrowing: Bool = false
  ) -> Finding {
    let pending = doomed.reduce(0) { $0 + $1.pending }
    let names =
      doomed.prefix(3).map { Display.name(ofFile: $0.path) }.joined(separator: ", ")
      + (doomed.count > 3 ? " and \(doomed.count - 3) more" : "")
    guard pending > 0 || isGrowing else {
      return Finding(
        severity: .fine, id: id, what: "\(what): \(names) will be deleted \(when)",
        why: "Everything in there is ingested.")
    }
    return Finding(
      severity: pending > 0 ? .loss : .problem, id: id,
      what:
        "\(Display.bytes(pending)) not yet ingested are about to be deleted: \(what); \(names) will be gone \(when)",
      why: isGrowing
        ? "So will be what is written until then, unless it is ingested before." : "Nothing else holds them.",
      change: ingest(doomed.first { $0.pending > 0 }?.path ?? doomed[0].path))
  }

  private func transcriptFindings() -> [Finding] {
    facts.transcripts.flatMap { transcripts -> [Finding] in
      func isDoomed(_ file: SourceFile) -> Bool {
        // Three days before the end there is still time for a change.
        facts.now - file.modified > (transcripts.cleanupDays - 3) * EpochTime.day
      }
      guard !transcripts.files.isEmpty else { return [] }
      let folder = SafeText.visible(transcripts.folder)
      let doomed = transcripts.files.filter { isDoomed($0) && $0.pending > 0 }
      let count = Figures.count(transcripts.files.count, "transcript")
      if doomed.isEmpty {
        let pending = transcripts.files.reduce(0) { $0 + $1.pending }
        return [
          Finding(
            severity: .fine, id: "transcripts",
            what: "\(count) of Claude Code in \(folder), \(Display.bytes(pending)) not yet ingested",
            why:
              "Claude Code deletes them after \(transcripts.cleanupDays) days; none that is about to go is missing in the ledger."
          )
        ]
      }
      return [
        Finding(
          severity: .loss, id: "transcripts-cleanup",
          what: "\(Display.bytes(doomed.reduce(0) { $0 + $1.pending })) not yet ingested are about to be deleted: "
            + "\(doomed.count) of \(count) in \(folder) are at or near \(transcripts.cleanupDays) days of age",
          why: "Claude Code deletes them when it next starts, and they are the only exact record of passed-through "
            + "and direct traffic.",
          change: ingest(transcripts.folder)
            + "\nto keep them longer, in \(SafeText.visible(transcripts.settings)): \"cleanupPeriodDays\": 365"
            + "\nfor a record that stays: Claude Code's telemetry, as said below")
      ]
    }
  }

  private func proxyFindings() -> [Finding] {
    facts.proxyLogs.filter { $0.pending > 0 }.map { file in
      Finding(
        severity: .loss, id: "proxy-log-truncated",
        what: "\(Display.bytes(file.pending)) not yet ingested are about to be deleted: \(SafeText.visible(file.path))",
        why: "free-claude-code truncates its log at every start, and rotates it at 50 MB.", change: ingest(file.path))
    }
  }

  /// The stores of 3.x: what they leave out, and the day's prune.
  func storeFindings() -> [Finding] {
    var found: [Finding] = []
    var stores: [SourceStore] = []
    for store in facts.stores {
      switch store {
      case .read(let store): stores.append(store)
      case .failed(let reason):
        found.append(
          Finding(
            severity: .problem, id: "store-unreadable", what: SafeText.visible(reason),
            why: "Its requests are not measured.",
            change: "run this again; if it stays so, report it with the router's version"))
      }
    }
    guard facts.version == .three else { return found }
    let usage = stores.filter { $0.table == .usageEvents }
    let logs = stores.filter { $0.table == .requestLogs }
    for store in usage where store.pending > 0 {
      found.append(
        Finding(
          severity: .advice, id: "usage-store-pending",
          what: "\(Figures.count(store.pending, "request")) of \(SafeText.visible(store.path)) are not yet ingested",
          why: "The router never prunes this store, so nothing is lost.", change: ingest(store.path)))
    }
    if !logs.contains(where: \.hasRequests) {
      found.append(
        Finding(
          severity: .advice, id: "request-logs-off", what: "the router's request logs are off",
          why:
            "Tokens are measured without them; routes, sessions, reasoning tokens and errors are only in them. They also "
            + "hold prompts.",
          change: "in the router's settings, under observability: \"observability\": {\"requestLogs\": true}"))
    }
    for store in logs where store.pending > 0 {
      found.append(
        Finding(
          severity: usage.isEmpty ? .loss : .problem, id: "request-logs-prune",
          what: "\(Figures.count(store.pending, "request")) not yet ingested are about to be deleted from "
            + SafeText.visible(store.path),
          why: "The router prunes its request logs to the current day. "
            + (usage.isEmpty
              ? "No other store holds these tokens."
              : "The tokens are in usage.sqlite too; route, session, reasoning tokens and errors are not."),
          change: ingest(store.path)))
    }
    return found
  }
}
