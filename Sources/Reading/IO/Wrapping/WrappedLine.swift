/// What a program wrote, out of a line of another one: of Docker's `json-file` driver, the journal, pm2, Loki, Vector,
/// or with their prefix before it (`docker compose logs`, `kubectl logs`, a container's file under `/var/log/pods`,
/// `journalctl`, syslog), in colours or not.
struct WrappedLine {
  /// Who writes lines of which pieces are put together.
  enum Writer: Hashable, Comparable {
    /// Nobody is named.
    case bare
    /// A program and its process, as the journal's short form has it: `ccr[123]:`.
    case process(String)
    /// Standard output, or standard error, of somebody.
    case stream(String)
  }

  enum End {
    /// The line ends here.
    case whole
    /// It goes on.
    case cut
    /// It goes on unless what is there is an object.
    case open
  }

  var bytes: [UInt8]
  var writer = Writer.bare
  var end = End.whole

  /// How many bytes of a line can be somebody's prefix.
  static let longestPrefix = 256
  /// How many programs can stand one around the other.
  static let deepest = 3
  /// The journal cuts what a program writes after so many bytes, and drops blanks where it cuts.
  private static let journalLine = (49152 - 256)...49152

  init(bytes: [UInt8], writer: Writer = .bare, end: End = .whole) {
    (self.bytes, self.writer, self.end) = (bytes, writer, end)
  }

  /// A line that is cut where it is as long as the journal's lines can be.
  init(bytes: [UInt8], writer: Writer, isJournal: Bool) {
    (self.bytes, self.writer) = (bytes, writer)
    end = isJournal && Self.isCutByJournal(bytes.span) ? .cut : .whole
  }

  /// Whether bytes are an object and nothing else.
  static func isWholeObject(_ bytes: Span<UInt8>) -> Bool {
    bytes.lastVisible == UInt8(ascii: "}") && bytes.isWholeValue
  }

  static func isCutByJournal(_ line: Span<UInt8>) -> Bool {
    journalLine.contains(line.count) && !isWholeObject(line)
  }
}
