import CZlib

/// Bytes of a gzip archive, decompressed as they are asked for. An archive may have several members.
@safe package struct GzipSource<Source: ByteSource & ~Copyable>: ByteSource, ~Copyable {
  private var source: Source
  private let path: String
  private var packed: [UInt8]
  private var pending: Range<Int> = 0..<0
  /// Stays where it is: zlib's own state points back to it.
  private let stream: UnsafeMutablePointer<z_stream>
  private var place = Place.atMember(isFirst: true)
  /// A fault that was met behind bytes that are still good.
  private var fault: ArchiveFault?

  private enum Place {
    case atMember(isFirst: Bool)
    case inMember
    case atPadding
  }

  /// The decompressed bytes of a source.
  /// - Parameters:
  ///   - source: the archive's bytes.
  ///   - path: names the archive in errors.
  package init(_ source: consuming Source, path: String) {
    self.source = source
    self.path = path
    packed = Array(repeating: 0, count: 1 << 16)
    unsafe stream = .allocate(capacity: 1)
    unsafe stream.initialize(to: z_stream())
    // 15 is the largest window, and 16 more says gzip. It fails only where there is no memory.
    let result = unsafe inflateInit2_(stream, 15 + 16, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
    if result != Z_OK { fault = .corrupt }
  }

  package mutating func read(into buffer: inout [UInt8], from start: Int) throws(LogError) -> Int {
    guard start < buffer.count else { return 0 }
    while fault == nil {
      if pending.isEmpty {
        pending = 0..<(try source.read(into: &packed, from: 0))
        if pending.isEmpty {
          if case .atMember(isFirst: false) = place { return 0 }
          if case .atPadding = place { return 0 }
          fault = .truncated
          break
        }
      }
      if enterMember() {
        let count = inflate(into: &buffer, from: start)
        if count > 0 { return count }
      }
    }
    throw .badArchive(path: path, fault: fault ?? .corrupt)
  }

  /// Whether a member is under way. Behind one there may be another, or zeros to the end.
  private mutating func enterMember() -> Bool {
    if case .inMember = place { return true }
    if case .atMember(let isFirst) = place, isFirst || packed[pending.lowerBound] != 0 {
      place = .inMember
      return true
    }
    place = .atPadding
    if packed[pending].contains(where: { $0 != 0 }) { fault = .corrupt }
    pending = 0..<0
    return false
  }

  private mutating func inflate(into buffer: inout [UInt8], from start: Int) -> Int {
    let (result, left, free) = unsafe packed.withUnsafeMutableBufferPointer { input in
      unsafe buffer.withUnsafeMutableBufferPointer { output in
        unsafe stream.pointee.next_in = input.baseAddress.map { unsafe $0 + pending.lowerBound }
        unsafe stream.pointee.avail_in = UInt32(pending.count)
        unsafe stream.pointee.next_out = output.baseAddress.map { unsafe $0 + start }
        unsafe stream.pointee.avail_out = UInt32(clamping: output.count - start)
        let offered = unsafe stream.pointee.avail_out
        let result = unsafe CZlib.inflate(stream, Z_NO_FLUSH)
        return unsafe (result, Int(stream.pointee.avail_in), Int(offered - stream.pointee.avail_out))
      }
    }
    pending = (pending.upperBound - left)..<pending.upperBound
    switch result {
    case Z_OK, Z_BUF_ERROR: break
    case Z_STREAM_END:
      place = .atMember(isFirst: false)
      _ = unsafe inflateReset(stream)
    default: fault = .corrupt
    }
    return free
  }

  deinit {
    _ = unsafe inflateEnd(stream)
    unsafe stream.deinitialize(count: 1)
    unsafe stream.deallocate()
  }
}
