"""A small web application."""

import docopt
import flask

app = flask.Flask(__name__)


@app.route("/")
def index() -> str:
    """Say something."""
    return flask.render_template_string("<p>{{ text }}</p>", text="hello & welcome")


if __name__ == "__main__":
    docopt.docopt("usage: app", argv=[])
    print(app.test_client().get("/").text)
