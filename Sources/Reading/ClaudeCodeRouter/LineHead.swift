import Model

/// The front of a line, which Pino writes in a fixed order:
/// `{"level":20,"time":1782087000709,"pid":30920,"hostname":"vm","reqId":"req-7",`.
struct LineHead {
  /// 20 debug, 30 info, 40 warning, 50 error.
  var level: Int64
  /// Epoch milliseconds.
  var time: Int64
  /// Where the process id, the comma and the host name's content stand: what tells one writer from another.
  var writer: Range<Int>
  /// The process id.
  var pid: Int64
  /// Where the host name's content stands.
  var host: Range<Int>
  /// The request's number in its process, from `req-` and base 36; `nil` where the line belongs to no request.
  var request: Int64?
  /// The place after the head's last comma.
  var end: Int

  /// Reads a line's head.
  /// - Throws: the reason why the line is not one of this router's.
  init(_ bytes: Span<UInt8>) throws(SkipReason) {
    guard bytes.holds("{\"level\":", at: 0) else { throw bytes.count > 0 && bytes[0] == 0 ? .nul : .foreign }
    guard let level = bytes.number(at: 9), bytes.holds(",\"time\":", at: level.end),
      let time = bytes.number(at: level.end + 8), bytes.holds(",\"pid\":", at: time.end),
      let pid = bytes.number(at: time.end + 7), bytes.holds(",\"hostname\":\"", at: pid.end)
    else { throw .foreign }
    guard bytes[bytes.count - 1] == UInt8(ascii: "}") else { throw .brokenJSON }
    guard EpochTime.range.contains(time.value) else { throw .badTime }
    let host = pid.end + 13
    // A host name holds no quote, so the next one ends it.
    guard let quote = bytes.firstIndex(of: UInt8(ascii: "\""), from: host), bytes.holds("\",", at: quote) else {
      throw .brokenJSON
    }
    self.level = level.value
    self.time = time.value
    self.pid = pid.value
    self.host = host..<quote
    self.writer = (time.end + 7)..<quote
    self.end = quote + 2
    guard bytes.holds("\"reqId\":\"", at: end) else { return }
    guard bytes.holds("req-", at: end + 9), let number = Self.base36(bytes, at: end + 13) else {
      throw .badRequestID
    }
    self.request = number.value
    self.end = number.end + 2
  }

  /// A number in base 36 that ends at `",`; `nil` for anything else, or above eleven digits.
  private static func base36(_ bytes: Span<UInt8>, at start: Int) -> (value: Int64, end: Int)? {
    var value: Int64 = 0
    var index = start
    while index < bytes.count, index - start < 11 {
      let digit: Int64
      switch bytes[index] {
      case let byte where (0x30...0x39).contains(byte): digit = Int64(byte) - 0x30
      case let byte where (0x61...0x7a).contains(byte): digit = Int64(byte) - 0x61 + 10
      default:
        return index > start && bytes.holds("\",", at: index) ? (value, index) : nil
      }
      value = value * 36 + digit
      index += 1
    }
    return nil
  }
}
