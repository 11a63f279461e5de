import GRDB
import RouterLogs

/// What takes the lines of one kind of log and gathers what they say.
protocol LineCollector {
  associatedtype Gathered: Harvest
  mutating func take(_ bytes: Span<UInt8>, at offset: Int64, line: Int64)
  mutating func finish() -> Gathered
}

extension LogCollector: LineCollector {}
extension TranscriptCollector: LineCollector {}
extension FreeClaudeCodeCollector: LineCollector {}

/// Reads one log in stretches, each of which is one transaction.
struct LogReading {
  let ledger: LedgerFile
  let stretch: Int64
  let start: Checkpoint
  /// Whether the bytes are not the file's own, so that a place among them is no place in the file.
  let isPacked: Bool
  let total: Int64
  let progress: (IngestProgress) -> Void

  func run<Source: ByteSource & ~Copyable, Collector: LineCollector>(
    _ source: consuming Source, _ first: Collector, _ report: inout IngestReport,
    write: @escaping (Collector.Gathered, Database) throws -> Int
  ) throws(LedgerError) {
    let path = start.facts.path
    let begun = report.bytesRead
    var collector = first
    var checkpoint = start
    var reader = LineReader(source, at: start.place)
    var line = start.lines
    var more = true
    report.filesRead += 1
    while more {
      let limit = checkpoint.place + stretch
      do {
        more = try reader.forEachLine(until: limit) { bytes, offset in
          line += 1
          collector.take(bytes, at: offset, line: line)
        }
      } catch {
        throw .log(error)
      }
      let harvest = collector.finish()
      report.bytesRead = begun + reader.offset - start.place
      report.note(harvest, in: path)
      checkpoint.place = reader.offset
      checkpoint.lines = line
      // Until its end is reached a file must not look as if nothing more were in it.
      checkpoint.facts.size = more ? -1 : start.facts.size
      var state = checkpoint
      if isPacked { state.place = more ? 0 : start.facts.size }
      report.requestsAdded += try ledger.write { database in
        try Unsettled.set(in: database)
        let added = try write(harvest, database)
        if state.facts.inode != 0 { try state.save(in: database) }
        return added
      }
      progress(IngestProgress(done: report.bytesRead, total: total, path: path))
    }
  }
}
