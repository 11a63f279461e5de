import Model
package import Reading

/// What an ingest has to know beside the paths.
package struct IngestOptions {
  /// The router's configuration, which names providers where a log holds only their address.
  package var configuration: RouterConfiguration
  /// Names the provider of a model that only a client's record knows.
  package var provider: ProviderNaming
  /// Reads every log as this, whatever it looks like.
  package var source: SourceName?
  /// The sources that a log can be of.
  package var sources: Sources
  /// Those that a line can be of.
  var readable: Sources { source.flatMap { sources[$0] }.map { Sources([$0]) } ?? sources }
  /// Reads files from their start, also those that were read before.
  package var again = false
  /// How names of projects are kept.
  package var names = ProjectNames.hashed
  /// The time, epoch milliseconds; `nil` lets records have any time, and every last line wait for its newline.
  package var now: Int64?
  /// The last time that a record can have: less than a day ahead of the clock, and of the time when its file was
  /// written. A clock that is wrong now loses nothing that way.
  /// - Parameter modified: when the file was last written to, epoch milliseconds.
  func latest(writtenAt modified: Int64 = .min) -> Int64 { now.map { max($0, modified) + 86_400_000 - 1 } ?? .max }
  /// How many bytes of a log are read at a time, by one thread; twice as many make a transaction.
  package var batchBytes: Int64
  /// How many files, or parts of one, are read side by side.
  package var jobs: Int
  /// The descriptor that the path `-` stands for.
  package var standardInput: Int32
  /// The version of the program: another one looks again at files that were no record of any source.
  package var version = ""
  /// What is known of such files depends on it.
  var program: Int64 { StableHash.of(version, sources.list.map { $0.name.rawValue }.sorted().joined(separator: " ")) }

  package init(
    configuration: RouterConfiguration = .none, provider: @escaping ProviderNaming = { _ in nil },
    source: SourceName? = nil, sources: Sources = .all, batchBytes: Int64 = 32 << 20, jobs: Int = 2,
    standardInput: Int32 = 0
  ) {
    self.configuration = configuration
    self.provider = provider
    self.source = source
    self.sources = sources
    self.batchBytes = batchBytes
    self.jobs = jobs
    self.standardInput = standardInput
  }
}
