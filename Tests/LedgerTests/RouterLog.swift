import Foundation

/// The log of a claude-code-router that passed calls on to another router.
enum RouterLog {
  /// A call as the router in front saw it.
  struct Call {
    /// When the other router took it in, and when its answer ended, epoch milliseconds.
    var started: Int64
    var ended: Int64
    /// What the other router was asked for.
    var model: String
    /// `nil` where the router's transformer dropped it, as those for OpenAI-style routes do.
    var session: String?
  }

  /// The log's bytes.
  /// - Parameter address: where the other router listens.
  static func bytes(of calls: [Call], address: String) -> Data {
    var text = ""
    for (index, call) in calls.enumerated() {
      func line(_ level: Int, _ time: Int64, _ rest: String) {
        text +=
          #"{"level":\#(level),"time":\#(time),"pid":7,"hostname":"h","reqId":"req-\#(String(index + 1, radix: 36))","#
          + rest + "\n"
      }
      let user = call.session.map { #""metadata":{"user_id":"user_a_account__session_\#($0)"},"# } ?? ""
      line(30, call.started - 8, #""req":{"method":"POST","url":"/v1/messages?beta=true"},"msg":"incoming request"}"#)
      line(30, call.started - 7, #""msg":"Using background model for claude-haiku"}"#)
      line(
        30, call.started - 6,
        #""data":{"model":"gateway,\#(call.model)","messages":[],\#(user)"stream":true},"#
          + #""type":"request body"}"#)
      line(
        20, call.started - 5,
        #""request":{"method":"POST","headers":{},"body":"{\"model\":\"\#(call.model)\"}"},"headers":{},"#
          + #""requestUrl":"http://\#(address)/v1/messages","msg":"final request"}"#)
      line(30, call.ended + 9, #""res":{"statusCode":200},"responseTime":51.2,"msg":"request completed"}"#)
    }
    return Data(text.utf8)
  }
}
