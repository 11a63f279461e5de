package import Reading

/// What an ingest did.
package struct IngestReport: Equatable, Sendable {
  /// Files of which something was read.
  package var filesRead = 0
  /// Files that had not changed.
  package var filesUnchanged = 0
  /// Files below a folder that are no record of any known source.
  package var filesForeign = 0
  /// Files below a folder that hold records in a form that is not read, or that a program packed whose files are not
  /// unpacked here, in words.
  package var filesInOtherForms: [String] = []
  /// Named folders with no record of any known source below them.
  package var foldersWithoutRecords: [String] = []
  /// Bytes read of logs.
  package var bytesRead: Int64 = 0
  /// Rows read of stores.
  package var rowsRead = 0
  /// Requests that the ledger holds beyond those it held before.
  package var requestsAdded = 0
  /// Lines left out, and where.
  package var skipped: [SkippedPlace] = []
  /// How many lines were left out.
  package var skippedCount = 0
  /// Rows of stores left out, by file and reason.
  package var skippedRows: [SkippedRows] = []
  /// Files that were read and hold no request.
  package var filesWithoutRequests: [String] = []
  /// Files whose last line is not finished; it is read when it is.
  package var filesUnfinished: [String] = []
  /// Files below a folder of which nothing could be understood, in words. They are looked at again next time.
  package var notUnderstood: [String] = []
  /// Files that were renamed or replaced whenever they were looked at, in words. They are looked at again next time.
  package var changedMeanwhile: [String] = []
  /// Files that could not be read, in words.
  package var failures: [String] = []
  /// Files whose names led to others while they were read.
  var replaced: [String] = []
  /// Fragments of requests whose beginning no log holds any more.
  package var headlessParts = 0
  /// Calls that were read of, and whose end no record holds yet.
  package var waitingCalls: Set<Int64> = []

  package init() {}

  /// What a transaction wrote.
  struct Written {
    /// Requests beyond those that were there.
    var added = 0
    /// Calls of which no request can be made yet.
    var waiting: Set<Int64> = []
    /// Calls of which one was made.
    var settled: Set<Int64> = []
  }

  /// Adds what a transaction wrote.
  mutating func add(_ written: Written) {
    requestsAdded += written.added
    waitingCalls.formUnion(written.waiting)
    waitingCalls.subtract(written.settled)
  }

  /// Notes that no row of a store could be understood: a failure where the file was named.
  mutating func notUnderstood(_ path: String, rows: Int, first: StoreSkipReason, isNamed: Bool) {
    let count = rows == 1 ? "the only row cannot be understood" : "none of the \(rows) rows can be understood"
    let words = "\(PathText.shown(path)): \(count): \(first.rawValue)"
    if isNamed { failures.append(words) } else { notUnderstood.append(words) }
  }

  /// Notes that no line of a file could be understood: a failure where the file was named.
  mutating func notUnderstood(_ path: String, lines: Int64, first: SkippedLine, isNamed: Bool) {
    let count = lines == 1 ? "the only line" : "none of the \(lines) lines"
    let verb = lines == 1 ? "cannot be understood" : "can be understood"
    let words = "\(PathText.shown(path)): \(count) \(verb); line \(first.line): \(first.reason.rawValue)"
    if isNamed { failures.append(words) } else { notUnderstood.append(words) }
  }

  /// Notes what was left out of a part.
  /// - Parameter lines: how many lines of the file come before the part.
  mutating func note(_ batch: any RecordBatch, in path: String, after lines: Int64) {
    skippedCount += batch.skippedCount
    skipped += batch.skipped.prefix(1000 - min(1000, skipped.count)).map {
      SkippedPlace(path: path, line: SkippedLine(line: lines + $0.line, reason: $0.reason))
    }
  }
}

/// A line left out, and in which file.
package struct SkippedPlace: Hashable, Sendable {
  package var path: String
  /// The line and the reason.
  package var line: SkippedLine
}

/// Rows of a store left out for one reason.
package struct SkippedRows: Hashable, Sendable {
  /// The store.
  package var path: String
  package var reason: StoreSkipReason
  package var count: Int
}

/// How far an ingest is, for a progress line.
package struct IngestProgress: Sendable {
  /// Bytes read so far.
  package var done: Int64
  /// Bytes to read.
  package var total: Int64
  /// The file being read.
  package var path: String
}
