"""The overview: what this is and where to go. It appears before torch is imported."""

import streamlit as st

from regdemo.ui import page

page("Overview")
st.title("Regularization explorer")
