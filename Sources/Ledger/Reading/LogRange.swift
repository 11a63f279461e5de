import Reading

/// A range of a log that is read by itself: the lines that begin in it.
struct LogRange: Sendable {
  /// Which of the plan's logs.
  var log: Int
  var path: String
  var source: SourceName
  /// How the bytes are packed, where a place among them is no place in the file.
  var packing: Packing?
  /// Whether its lines have to be unwrapped.
  var isWrapped = false
  /// Whether its bytes have to be decoded, where a place among what they are is no place in the file.
  var isEncoded = false
  /// Whether its records are told apart by the brackets of JSON, not by line ends.
  var isDocument = false
  /// Whether the bytes come from a stream, which has no place to go back to.
  var isStream = false
  /// What becomes of a last line without its newline.
  var rest = RestOfSource.waits
  /// What the file has to be, and to look like up to the start of the range; `nil` for a stream.
  var file: FileIdentity?
  var fingerprint: Fingerprint?
  /// How long the file was when it was looked at, bytes.
  var size: Int64 = 0
  /// Records of later times are left out, epoch milliseconds.
  var latest = Int64.max
  /// Offsets in the file.
  var range: Range<Int64>
  /// Whether a line begins where the range does.
  var isFirst: Bool

  /// Whether a place among its lines is a place in the file all the same, which the unwrapping tells.
  var hasBorders: Bool { isWrapped && !isEncoded && packing == nil && !isStream && !isDocument }
  /// The first size of the buffer, bytes: to make a large one for each of thousands of small files costs more than it
  /// saves.
  var buffer = 1 << 19
}

/// What a part of a range holds: the unit in which the ledger takes it.
struct ReadBatch: Sendable {
  /// Which of the plan's logs.
  var log: Int
  var gathered: Gathered
  /// What lines of other sources hold.
  var others: [(name: SourceName, gathered: Gathered)] = []
  /// The offsets of its first line and after its last one; empty where no line begins in it.
  var range: Range<Int64>
  /// How many bytes were passed to read it; beyond its range where that ends before a line that goes on.
  var passed: Int64 = 0
  /// How many lines that is.
  var lines: Int64
  /// How many of them are read again from where the range ends: what they begin is not whole.
  var repeated: Int64 = 0
  /// What the file looks like up to the end of the part.
  var fingerprint: Fingerprint?
  /// Bytes of a last line that its writer has not finished.
  var unfinished = 0
  /// Why the range could not be read to its end.
  var failure: LogError?

  /// How much memory it takes, in answers.
  var weight: Int { others.reduce(gathered.weight) { $0 + $1.gathered.weight } }
}
