import Reading

/// Reads a range of a log and hands out what it holds in parts that fit into memory. Lines are counted from the part's
/// own first one.
struct RangeReader {
  let log: LogRange
  /// How many bytes make a part.
  let batchBytes: Int64
  /// Names providers where a log holds only their address.
  let configuration: RouterConfiguration
  /// Those that the range can be of.
  let sources: Sources
  /// About how many requests a part holds at the most.
  static let capacity = 512
  /// After how many bytes the requests are counted.
  private static let step: Int64 = 1 << 20

  /// Reads the range from its file.
  /// - Parameter give: takes a part; where it says `false`, nobody wants more.
  func read(_ give: (ReadBatch) -> Bool) {
    do throws(LogError) {
      let file = try open()
      if let packing = log.packing {
        try Unpacking.read(FileSource(file), as: packing, path: log.path) { source throws(LogError) in
          try read(source, of: file, give)
        } tar: { source throws(LogError) in
          try read(source, of: file, give)
        } memory: { source throws(LogError) in
          try read(source, of: file, give)
        }
      } else {
        // The byte before tells whether a line begins at the start.
        let start = log.isFirst ? log.range.lowerBound : log.range.lowerBound - 1
        try read(FileSource(file, from: start), of: file, give)
      }
    } catch {
      fail(error.isGone ? .replaced(path: log.path) : error, give)
    }
  }

  /// Opens the file that was looked at. Since then its name may have gone to another one, and it may have been truncated
  /// and written again: a place in the one is none in the other.
  private func open() throws(LogError) -> OpenedFile {
    let file = try OpenedFile(path: log.path)
    if let wanted = log.file, wanted != FileIdentity(device: file.identity.device, inode: file.identity.inode) {
      throw .replaced(path: log.path)
    }
    if let fingerprint = log.fingerprint, try !fingerprint.fits(file, upTo: log.range.lowerBound) {
      throw .replaced(path: log.path)
    }
    return file
  }

  /// Reads the range from a source that stands at its start.
  /// - Parameter file: where its bytes come from; `nil` for a stream.
  /// - Throws: `LogError`, after the parts before it were handed out.
  func read<Source: ByteSource & ~Copyable>(
    _ source: consuming Source, of file: OpenedFile? = nil, _ give: (ReadBatch) -> Bool
  ) throws(LogError) {
    guard let known = sources[log.source] else { return }
    var collector = known.collector(configuration)
    collector.latest = log.latest
    let others = OtherSources(than: log.source, among: sources, configuration, latest: log.latest)
    let borders = log.hasBorders ? LineBorders() : nil
    let source = UnwrappedSource(source, isOn: log.isWrapped, borders: borders)
    if log.isDocument {
      try readDocument(source, of: file, collector, others, give)
    } else {
      try read(source, of: file, collector, others, borders, give)
    }
  }

  /// Hands out that the range cannot be read.
  func fail(_ error: LogError, _ give: (ReadBatch) -> Bool) {
    let start = log.range.lowerBound
    _ = give(
      ReadBatch(
        log: log.log, gathered: .calls(CallBatch()), range: start..<start, lines: 0, failure: error))
  }

  /// What a file looks like that is read as a whole, whatever its bytes unpack to.
  private func whole(_ file: OpenedFile?) throws(LogError) -> Fingerprint? {
    guard let file else { return nil }
    return try Fingerprint(of: file, upTo: log.size)
  }

  private func readDocument<Source: ByteSource & ~Copyable, Collector: LineCollector>(
    _ source: consuming Source, of file: OpenedFile?, _ first: Collector, _ strangers: OtherSources,
    _ give: (ReadBatch) -> Bool
  ) throws(LogError) {
    var (collector, others) = (first, strangers)
    let fingerprint = try whole(file)
    var reader = ValueReader(source)
    var more = true
    while more {
      let begin = (offset: reader.offset, lines: reader.lines)
      repeat {
        let limit = min(begin.offset + batchBytes, reader.offset + Self.step)
        more = try reader.forEachValue(until: limit) { bytes, offset, lines in
          let line = lines - begin.lines + 1
          collector.take(bytes, at: offset, line: line) { others.take($0, at: offset, line: line) }
        }
      } while more && reader.offset < begin.offset + batchBytes && collector.count + others.count < Self.capacity
      guard reader.offset > begin.offset else { continue }
      let part = ReadBatch(
        log: log.log, gathered: collector.gather(), others: others.gather(), range: begin.offset..<reader.offset,
        lines: reader.lines - begin.lines, fingerprint: fingerprint)
      guard give(part) else { return }
    }
  }

  private func read<Source: ByteSource & ~Copyable, Collector: LineCollector>(
    _ source: consuming Source, of file: OpenedFile?, _ first: Collector, _ strangers: OtherSources,
    _ borders: LineBorders?, _ give: (ReadBatch) -> Bool
  ) throws(LogError) {
    var (collector, others) = (first, strangers)
    let packed = try borders == nil && (log.packing != nil || log.isWrapped) ? whole(file) : nil
    var place = log.range.lowerBound
    let start = log.isFirst ? log.range.lowerBound : log.range.lowerBound - 1
    var reader = LineReader(
      source, at: start, capacity: log.buffer, rest: log.packing != nil || log.isStream ? .counts : log.rest)
    if !log.isFirst, try !reader.skipLine(until: log.range.upperBound) { return }
    var more = reader.offset < log.range.upperBound
    while more {
      let begin = (offset: reader.offset, lines: reader.lines)
      var line: Int64 = 0
      var failure: LogError?
      var leftOut: [SkippedLine] = []
      do throws(LogError) {
        repeat {
          let limit = min(log.range.upperBound, begin.offset + batchBytes, reader.offset + Self.step)
          more = try reader.forEachLine(until: limit) { reason in
            line += 1
            leftOut.append(SkippedLine(line: line, reason: reason))
          } _: { bytes, offset in
            line += 1
            collector.take(bytes, at: offset, line: line) { others.take($0, at: offset, line: line) }
          }
          more = more && reader.offset < log.range.upperBound
        } while more && reader.offset < begin.offset + batchBytes && collector.count + others.count < Self.capacity
      } catch {
        // What came before the fault is good.
        failure = error
        more = false
      }
      if reader.lines > begin.lines || reader.unfinished > 0 {
        var (range, repeated, passed) = (begin.offset..<reader.offset, Int64(0), Int64(0))
        if let borders {
          passed = borders.takePassed()
          let border = borders.border(upTo: reader.offset - start)
          range = place..<(start + border.file)
          repeated = max(0, reader.lines - border.lines)
          place = range.upperBound
        }
        var fingerprint = packed
        if fingerprint == nil, let file { fingerprint = try Fingerprint(of: file, upTo: range.upperBound) }
        var gathered = collector.gather()
        gathered.leaveOut(leftOut)
        var part = ReadBatch(
          log: log.log, gathered: gathered, others: others.gather(), range: range, lines: line,
          fingerprint: fingerprint)
        (part.repeated, part.unfinished, part.passed) = (repeated, reader.unfinished, passed)
        guard give(part) else { return }
      }
      if let failure { throw failure }
    }
  }
}
