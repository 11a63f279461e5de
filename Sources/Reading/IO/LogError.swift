import Foundation

/// What keeps a log from being read at all. A single bad line is no error: it is skipped, counted and reported.
package enum LogError: Error, Equatable, CustomStringConvertible {
  /// The file cannot be opened or read.
  case unreadable(path: String, reason: Reason)
  /// The path names something that no log can be (a folder where a file is wanted, a socket, a device).
  case notAFile(path: String)
  /// Its name leads to another file, or to none, since it was looked at.
  case replaced(path: String)
  /// A folder holds a name that is no UTF-8.
  case unnameable(folder: String)
  /// The router's configuration is not what its own program would accept.
  case badRouterConfiguration(path: String, reason: String)
  /// An archive's text is UTF-16.
  case utf16(path: String)
  /// An archive cannot be unpacked to its end.
  case badArchive(path: String, fault: ArchiveFault)
  /// It is packed by a program whose files are not unpacked here.
  case packed(path: String, by: String)
  /// Claude Code's telemetry, as protobuf instead of JSON.
  case protobuf(path: String)
  /// LiteLLM's table of spend, as CSV instead of JSON.
  case table(path: String)
  /// What `claude -p` printed.
  case printed(path: String)
  /// Lines of a log within a document of another program.
  /// - Parameter filter: the options and the filter of `jq` that take them out.
  case collected(path: String, filter: String)

  /// The system's reason for a failure.
  package enum Reason: Equatable, CustomStringConvertible {
    /// An error number of the C library.
    case system(Int32)

    package var description: String {
      switch self {
      case .system(let number): unsafe String(cString: strerror(number)).lowercased()
      }
    }
  }

  /// Whether the file was removed or replaced after it was seen.
  package var isGone: Bool {
    switch self {
    case .replaced, .unreadable(_, .system(ENOENT)): true
    default: false
    }
  }

  /// Whether a file holds what a known source has to say, or what is packed, in a form that is not read.
  package var isOtherForm: Bool {
    switch self {
    case .packed, .protobuf, .table, .printed, .collected: true
    default: false
    }
  }

  /// What it is about.
  package var path: String {
    switch self {
    case .unreadable(let path, _), .notAFile(let path), .replaced(let path), .unnameable(let path),
      .badRouterConfiguration(let path, _), .utf16(let path), .badArchive(let path, _), .packed(let path, _),
      .protobuf(let path), .table(let path), .printed(let path), .collected(let path, _):
      path
    }
  }

  package var description: String {
    switch self {
    case .unreadable(let path, let reason): "cannot read \(PathText.shown(path)): \(reason)"
    case .notAFile(let path): "\(PathText.shown(path)) is neither a file nor a folder, so it is no log"
    case .replaced(let path): "\(PathText.shown(path)) was renamed or replaced while it was read"
    case .unnameable(let folder):
      "\(PathText.shown(folder)) holds a file whose name is not UTF-8; rename it to have it read, or read it from standard input"
    case .badRouterConfiguration(let path, let reason): "\(path) is no router configuration: \(reason)"
    case .utf16(let path):
      "\(PathText.shown(path)) is an archive of UTF-16 text: unpack it, or save the text as UTF-8, and read it again"
    case .badArchive(let path, let fault): "cannot unpack \(PathText.shown(path)): \(fault.rawValue)"
    case .packed(let path, let packer):
      "\(PathText.shown(path)) is packed by \(packer): unpack it, or pack it by gzip, and read it again"
    case .protobuf(let path):
      "\(PathText.shown(path)) is Claude Code's telemetry as protobuf, and only JSON is read: set "
        + "OTEL_EXPORTER_OTLP_PROTOCOL=http/json, or format: json at the Collector's file exporter"
    case .table(let path):
      "\(PathText.shown(path)) is LiteLLM's table of spend logs as CSV, and only JSON is read: export it by "
        + "psql -At -c 'select row_to_json(t) from \"LiteLLM_SpendLogs\" t'"
    case .printed(let path):
      "\(PathText.shown(path)) is what `claude -p` printed, which does not tell when a call was made: read Claude Code's "
        + "transcripts of the same sessions instead (`ccr-audit init` says where they are)"
    case .collected(let path, let filter):
      "\(PathText.shown(path)) holds the lines of a log within a document of another program: take them out by "
        + "`jq \(filter)`, and read what that writes"
    }
  }
}

/// What is wrong with an archive. The raw value is the sentence that people read.
package enum ArchiveFault: String, Sendable {
  /// It ends in the middle.
  case truncated = "the archive is cut short"
  /// What it holds is no gzip, or its checksum does not fit.
  case corrupt = "the archive is damaged"
  /// It is unpacked in memory, and too large for that.
  case tooLarge = "a ZIP archive of this size has to be unpacked first"
}
