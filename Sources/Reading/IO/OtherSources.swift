/// Takes the lines of other sources in the log of one: what two programs of a container write, or files that were put
/// one behind the other.
package struct OtherSources {
  private let candidates: [any LogSource.Type]
  private let configuration: RouterConfiguration
  private let latest: Int64
  private var collectors: [(name: SourceName, collector: any LineCollector)] = []

  /// - Parameters:
  ///   - name: whose log it is.
  ///   - sources: of whom lines can be.
  ///   - latest: records of later times are left out, epoch milliseconds.
  package init(than name: SourceName, among sources: Sources, _ configuration: RouterConfiguration, latest: Int64) {
    candidates = sources.logs.filter { $0.name != name }
    self.configuration = configuration
    self.latest = latest
  }

  /// How many requests or answers they hold.
  package var count: Int { collectors.reduce(0) { $0 + $1.collector.count } }

  /// Hands out all that was gathered and forgets it.
  package mutating func gather() -> [(name: SourceName, gathered: Gathered)] {
    defer { collectors = [] }
    return collectors.indices.map { (collectors[$0].name, collectors[$0].collector.gather()) }
  }

  /// - Returns: whether another source wrote the line.
  package mutating func take(_ bytes: Span<UInt8>, at offset: Int64, line: Int64) -> Bool {
    guard !candidates.isEmpty, let keys = LineKeys(bytes, mayEnd: false),
      let source = candidates.first(where: { $0.wrote(bytes, keys) })
    else { return false }
    if !collectors.contains(where: { $0.name == source.name }) {
      var collector = source.collector(configuration)
      collector.latest = latest
      collectors.append((source.name, collector))
    }
    for index in collectors.indices where collectors[index].name == source.name {
      collectors[index].collector.take(bytes, at: offset, line: line)
    }
    return true
  }
}
