package import Foundation

/// Requests that name no session, and transcripts of the same work: each request has to find its answer by model and
/// time alone.
package enum SessionlessWork {
  private static let start = 1_782_226_800_000
  private static let step = 2000

  /// Writes `router.log` and `transcript.jsonl` into a folder.
  /// - Returns: how many bytes that is.
  package static func write(to folder: URL, requests: Int) throws -> Int {
    var log = try TextFile(at: folder.appending(path: "router.log"))
    var transcript = try TextFile(at: folder.appending(path: "transcript.jsonl"))
    for number in 0..<requests {
      log.write(request(number))
      try log.endLine()
      transcript.write(answer(number))
      try transcript.endLine()
    }
    try log.close()
    try transcript.close()
    return log.written + transcript.written
  }

  /// The lines of one more request, after so many.
  package static func oneMore(after requests: Int) -> String { request(requests) + "\n" }

  private static func request(_ number: Int) -> String {
    let time = start + number * step
    let head = #""time":\#(time),"pid":4711,"hostname":"bench","reqId":"req-\#(String(number + 1, radix: 36))""#
    return #"{"level":30,\#(head),"req":{"method":"POST","url":"/v1/messages","host":"x"},"msg":"incoming request"}"#
      + "\n"
      + #"{"level":30,\#(head),"data":{"model":"minimax,MiniMax-M2.7","messages":[],"stream":false},"type":"request body"}"#
      + "\n"
      + #"{"level":30,\#(head),"res":{"statusCode":200},"responseTime":500.1,"msg":"request completed"}"#
  }

  private static func answer(_ number: Int) -> String {
    let time = Stamp.text(start + number * step + 400)
    return #"{"type":"assistant","userType":"external","isSidechain":false,"sessionId":"session-\#(number % 50)","#
      + #""timestamp":"\#(time)","requestId":"req_\#(number)","message":{"id":"msg_\#(number)","role":"assistant","#
      + #""model":"MiniMax-M2.7","content":[{"type":"text","text":"ok"}],"stop_reason":"end_turn","#
      + #""usage":{"input_tokens":1000,"output_tokens":10}},"uuid":"u\#(number)"}"#
  }
}
