import Foundation
import Reading

/// The reader that is fed: the source's name in `FUZZ_READER`.
private let reader = Sources.all.logs.first {
  $0.name.rawValue == ProcessInfo.processInfo.environment["FUZZ_READER"]
}

/// Reads bytes of libFuzzer's as a file is read: told by its front, cut into lines, and as one value of a document.
@c(LLVMFuzzerTestOneInput)
public func test(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  guard var lines = reader?.collector(.none) else { fatalError("FUZZ_READER names none of \(Sources.all.logNames)") }
  let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: count))
  _ = try? SourceSniffer.kind(of: bytes, path: "x")
  var framing = LineReader(MemorySource(bytes), capacity: 64, rest: .counts)
  _ = try? framing.forEachLine { line, offset in lines.take(line, at: offset, line: 1) }
  lines.take(bytes.span, at: 0, line: 2)
  _ = lines.gather()
  return 0
}
