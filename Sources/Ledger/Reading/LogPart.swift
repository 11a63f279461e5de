import Reading

/// A range of a log that is read by itself: the lines that begin in it.
struct LogPiece: Sendable {
  /// Which of the plan's logs.
  var log: Int
  var path: String
  var source: SourceName
  /// Whether the bytes are packed, so that a place among them is no place in the file.
  var isPacked = false
  /// Offsets in the file.
  var range: Range<Int64>
  /// Whether a line begins where the range does.
  var isFirst: Bool
  /// The first size of the buffer, bytes: to make a large one for each of thousands of small files costs more than it
  /// saves.
  var buffer = 1 << 19
}

/// What a stretch of a piece holds: the unit in which the ledger takes it.
struct LogPart: Sendable {
  /// Which of the plan's logs.
  var log: Int
  var gathered: Gathered
  /// The offsets of its first line and after its last one; empty where no line begins in it.
  var range: Range<Int64>
  /// How many lines that is.
  var lines: Int64
  /// What the file looks like up to the end of the part.
  var fingerprint: Fingerprint?
  /// Why the piece could not be read to its end.
  var failure: LogError?
}

/// What the lines of a part say.
enum Gathered: Sendable {
  case router(RouterPart)
  case transcript(TranscriptHarvest)
  case proxy(FreeClaudeCodeHarvest)

  /// What was left out of it.
  var harvest: any Harvest {
    switch self {
    case .router(let part): part.harvest
    case .transcript(let harvest): harvest
    case .proxy(let harvest): harvest
    }
  }

  /// How much memory it takes, in answers: a router's request comes with all that its lines say.
  var weight: Int {
    switch self {
    case .router(let part): 4 * part.harvest.fragments.count
    case .transcript(let harvest): harvest.messages.count
    case .proxy(let harvest): 4 * harvest.fragments.count
    }
  }
}
